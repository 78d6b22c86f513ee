// A picture from the camera of this machine: a button that opens it, and one that takes what it shows.
//
//   const lens = camera((file) => ...);    // a JPEG
//   root.append(lens.opener, lens.root);   // the button, and what the camera sees
//   lens.close();                          // the camera is on only while its picture is shown

import { element } from "./dom.js";

export function camera(take) {
  const video = element("video", { playsinline: true, "aria-label": "What the camera sees" });
  video.muted = true;
  const shutter = element("button", { type: "button", class: "primary", onclick: shoot }, "Take the photo");
  const off = element("button", { type: "button", onclick: () => close({ focus: true }) }, "Close the camera");
  const view = element("div", { class: "viewfinder", hidden: true }, video, element("div", { class: "row" }, shutter, off));
  const said = element("p", { class: "small", role: "status" });
  const opener = element("button", { type: "button", class: "webcam", hidden: !navigator.mediaDevices?.getUserMedia, onclick: open }, "Use the camera");
  let stream = null;

  async function open() {
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } });
    } catch (error) {
      said.textContent = error.name === "NotAllowedError" ? "The browser was not allowed to use the camera." : "There is no camera that can be used.";
      return;
    }
    video.srcObject = stream;
    await video.play();
    opener.hidden = true;
    view.hidden = false;
    shutter.focus();
  }

  function close({ focus = false } = {}) {
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    stream = video.srcObject = null;
    view.hidden = true;
    opener.hidden = false;
    if (focus) opener.focus();
  }

  function shoot() {
    const canvas = element("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    close({ focus: true });
    canvas.toBlob((blob) => take(new File([blob], "camera.jpg", { type: "image/jpeg" })), "image/jpeg", 0.92);
  }

  return { opener, root: element("div", {}, view, said), close };
}
