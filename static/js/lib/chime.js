/* Two soft tones. A browser lets a page sound once somebody has touched it; before that it stays silent. */
let audio = null;

const tone = (frequency, start, loudness) => {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(loudness, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + 0.55);
};

export const chime = () => {
  if (!navigator.userActivation?.hasBeenActive) {
    return;
  }
  audio ??= new AudioContext();
  [587, 784].forEach((frequency, step) => tone(frequency, audio.currentTime + step * 0.2, 0.12));
};
