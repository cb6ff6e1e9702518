/* A form that leads back here: to what is open now, which the page did not know when it was made. */
export class ComeBack {
  constructor(element) {
    element.addEventListener("submit", () => {
      element.elements.next.value = `${location.pathname}${location.search}`;
    });
  }
}
