/* How many messages of a phone network a text is: as `connectors/sms/sending.py` counts them. */
const GSM = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const GSM_DOUBLE = new Set("^{}\\[~]|€");

export const segments = (text) => {
  const chars = [...text];
  const isGsm = chars.every((char) => GSM.has(char) || GSM_DOUBLE.has(char));
  const length = isGsm ? chars.length + chars.filter((char) => GSM_DOUBLE.has(char)).length : text.length;
  const [single, joined] = isGsm ? [160, 153] : [70, 67];
  return length <= single ? 1 : Math.ceil(length / joined);
};
