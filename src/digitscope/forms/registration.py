"""Where a form's blank lies on a scan or photo of it.

    target = Target.of(blank)
    found = register(target, Scan.of(scan))     # None: it is not this form
    found.on_scan(points)                       # x, y on the blank -> x, y on the scan

Features that both have in common (SIFT) give a homography (MAGSAC); corners of the print, followed by optical flow,
then make it exact, and a polynomial takes what a sheet that does not lie flat has beyond it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from digitscope.arrays import Doubles, Image
from digitscope.forms.print import darkness

LONGEST = 1200  # pixels of the longer side, of blank and scan, on which features are found
EXACT = 1600  # of the blank's longer side where corners are followed: 137 dpi of an A4 page
FEATURES = 3000
RATIO = 0.8  # of the second nearest descriptor's distance: matches nearer than that are kept (Lowe, 2004)
MIN_INLIERS = 12
CORNERS, MIN_CORNERS = 700, 30
REACH = 4.0  # pixels at EXACT: corners that lie farther off the homography are no part of it
FULL = 80  # of 255: darker print counts as this dark, so that thin rules have corners as small print has
WINDOW = (21, 21)  # pixels at EXACT that a corner is followed by
CROWD = 60  # pixels at EXACT: corners within this of each other are one heap
OFF = (4.0, 2.0, 1.0, 0.7, 0.7)  # pixels at EXACT, step by step: corners so far off the fit have half their weight
PRINTED = 50  # of 255: darker is print
FOUND_SHARE = 0.6  # of the blank's print that a scan of it has
VISIBLE_SHARE = 0.4  # of the blank that must be in the picture
DEGREE = 5  # of the polynomial
POWERS = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
TERMS = len(POWERS)
NEAR = 0.04  # of the longer side: corners this near tell where a point lies beyond the polynomial
LONE = 0.5  # of a corner's weight, for that it lies where the polynomial says
NOWHERE: Doubles = np.zeros((0, 2))
RIDGE = 1e-4  # of each corner's weight: high powers are kept small where no print is

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Features:
    """A page's keypoints, float32 [N, 2] in pixels of the page, and their descriptors, float32 [N, 128]."""

    points: Points
    descriptors: npt.NDArray[np.float32]

    @classmethod
    def of(cls, dark: Image, scale: float) -> "Features":
        """The features of a page's `darkness`, which is `scale` times as large as the page."""
        dark = cv2.GaussianBlur(dark, (0, 0), 0.8)
        found, descriptors = cv2.SIFT.create(nfeatures=FEATURES, contrastThreshold=0.02).detectAndCompute(dark, None)
        if descriptors is None:
            return cls(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
        descriptors = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6))  # RootSIFT
        points = (np.array([key.pt for key in found], np.float32) + 0.5) / scale
        return cls(points, np.asarray(descriptors, np.float32))


@dataclass(frozen=True, eq=False)
class Scan:
    """A page as it was scanned: uint8 [H, W] or [H, W, 3], and what of it is needed several times."""

    pixels: Image

    @cached_property
    def dark(self) -> Image:
        """Its darkness, uint8 [H, W]."""
        return darkness(self.pixels)

    @cached_property
    def features(self) -> Features:
        return Features.of(*_shrunk(self.dark, LONGEST))


@dataclass(frozen=True, eq=False)
class Target:
    """A blank page that scans are compared with: its darkness uint8 [H, W], features, and corners [N, 2]."""

    dark: Image
    features: Features
    small: Image  # the darkness at the scale of `EXACT`, as far as it is `FULL`
    scale: float  # pixels of `small` to one of the blank
    corners: Points  # on `small`
    weights: Doubles  # of the corners, [N]: a lone one counts as much as a heap of them

    @classmethod
    def of(cls, blank: Image, points: Doubles | None = None) -> "Target":
        """A blank, uint8 [H, W] or [H, W, 3], where these points x, y, float64 [N, 2], are of most concern."""
        dark = darkness(blank)
        small, scale = _shrunk(dark, EXACT)
        small = np.asarray(cv2.min(small, FULL), np.uint8)
        found = cv2.goodFeaturesToTrack(cv2.GaussianBlur(small, (0, 0), 1.0), CORNERS, 0.02, 12)
        corners = np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32)[:, 0]
        if points is not None:
            corners = np.concatenate([corners, (points * scale - 0.5).astype(np.float32)])
        apart = np.linalg.norm(corners[:, None] - corners[None], axis=2)
        weights = 1 / np.maximum((apart < CROWD).sum(axis=1), 1)
        return cls(dark, Features.of(*_shrunk(dark, LONGEST)), small, scale, corners, weights / weights.mean())


@dataclass(frozen=True, eq=False)
class Registration:
    """How a blank's points lie on a scan: a homography after a small displacement.

    Attributes:
        homography: float64 [3, 3], blank -> scan.
        size: width and height of the blank.
        bend: float64 [TERMS, 2], the polynomial's coefficients in pixels of the blank; zeros where the sheet lies flat.
        corners: float64 [K, 2], points of the blank that were found on the scan.
        rest: float64 [K, 3], for each how sure it is, and with that factor where it lies beyond all that, x and y.
        share: of the blank's print that the scan has, 0…1.
        inliers: features that agree.
    """

    homography: Doubles
    size: tuple[int, int]
    bend: Doubles
    corners: Doubles
    rest: Doubles
    share: float = 0.0
    inliers: int = 0

    def on_scan(self, points: Doubles) -> Doubles:
        """Points x, y on the blank, float64 [N, 2] → the same on the scan."""
        points = np.asarray(points, np.float64)
        bent = points + _terms(points, self.size) @ self.bend
        if len(self.corners):
            apart = ((points[:, None] - self.corners) ** 2).sum(axis=2) / (NEAR * max(self.size)) ** 2
            near = np.exp(-apart / 2) @ self.rest
            bent = bent + near[:, 1:] / (near[:, :1] + LONE)
        return np.asarray(cv2.perspectiveTransform(bent[None], self.homography)[0])

    def aligned(self, scan: Image, scale: float, *, paper: int = 255) -> Image:
        """The scan as the blank lies, `scale` times as large as the blank."""
        width, height = (max(1, round(side * scale)) for side in self.size)
        step = 32  # the map is smooth: it is worked out on a grid, and interpolated
        xs, ys = np.arange(0, width + step, step), np.arange(0, height + step, step)
        grid: Doubles = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float64)
        seen = (self.on_scan((grid + 0.5) / scale) - 0.5).astype(np.float32).reshape(len(ys), len(xs), 2)
        whole = (np.array([[1 / step, 0, 0], [0, 1 / step, 0]])).astype(np.float32)
        maps = cv2.warpAffine(
            seen, whole, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        fill = (paper,) * 3
        return np.asarray(
            cv2.remap(scan, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill), np.uint8
        )

    def magnification(self) -> float:
        """Pixels of the scan to one of the blank, in its middle."""
        width, height = self.size
        x, y = width / 2, height / 2
        corners = self.on_scan(np.array([(x, y), (x + 10, y), (x, y + 10)], np.float64))
        across, down = corners[1] - corners[0], corners[2] - corners[0]
        return float(np.sqrt(abs(across[0] * down[1] - across[1] * down[0])) / 10)


def register(target: Target, scan: Scan) -> Registration | None:
    """Where the blank lies on the scan; None where the scan is none of it."""
    matched = match(target, scan)
    return None if matched is None else refine(target, scan, matched)


def match(target: Target, scan: Scan) -> Registration | None:
    """A first homography from features; None where too few agree."""
    ours, theirs = target.features, scan.features
    if len(ours.points) < MIN_INLIERS or len(theirs.points) < MIN_INLIERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(ours.descriptors, theirs.descriptors, k=2)
    close = [first for first, second in pairs if first.distance < RATIO * second.distance]
    if len(close) < MIN_INLIERS:
        return None
    blank = ours.points[[pair.queryIdx for pair in close]]
    seen = theirs.points[[pair.trainIdx for pair in close]]
    tolerance = 4.0 * max(scan.dark.shape) / LONGEST
    homography, inliers = cv2.findHomography(blank, seen, cv2.USAC_MAGSAC, tolerance, maxIters=5000, confidence=0.999)
    size = (int(target.dark.shape[1]), int(target.dark.shape[0]))
    if homography is None or int(inliers.sum()) < MIN_INLIERS or not _plausible(homography, size):
        return None
    return Registration(
        np.asarray(homography, np.float64),
        size,
        np.zeros((TERMS, 2)),
        NOWHERE,
        np.zeros((0, 3)),
        inliers=int(inliers.sum()),
    )


def refine(target: Target, scan: Scan, found: Registration) -> Registration | None:
    """The registration made exact; None where the scan has too little of the blank's print."""
    for _ in range(2):
        found = _followed(target, scan, found)
    share, visible = _share(target, scan, found)
    if share < FOUND_SHARE or visible < VISIBLE_SHARE:
        return None
    return replace(found, share=share)


def _followed(target: Target, scan: Scan, found: Registration) -> Registration:
    """The registration fitted to where the blank's corners are seen on the scan."""
    aligned = np.asarray(cv2.min(found.aligned(scan.dark, target.scale, paper=0), FULL), np.uint8)
    if len(target.corners) < MIN_CORNERS:
        return found
    seen, there, _ = cv2.calcOpticalFlowPyrLK(
        target.small, aligned, target.corners[:, None], None, winSize=WINDOW, maxLevel=2
    )
    again, back, _ = cv2.calcOpticalFlowPyrLK(aligned, target.small, seen, None, winSize=WINDOW, maxLevel=2)
    off = np.linalg.norm(again[:, 0] - target.corners, axis=1)
    kept = (there[:, 0] == 1) & (back[:, 0] == 1) & (off < 0.7)
    if kept.sum() < MIN_CORNERS:
        return found
    blank = (target.corners[kept] + 0.5) / target.scale
    on_scan = found.on_scan((seen[kept, 0].astype(np.float64) + 0.5) / target.scale)
    tolerance = REACH / target.scale * found.magnification()
    homography, _ = cv2.findHomography(blank, on_scan.astype(np.float32), cv2.RANSAC, tolerance)
    if homography is None or not _plausible(homography, found.size):
        return found
    flat = replace(found, homography=np.asarray(homography, np.float64), corners=NOWHERE, rest=np.zeros((0, 3)))
    return _bent(flat, np.asarray(blank, np.float64), on_scan, target.weights[kept], target.scale)


def _bent(flat: Registration, blank: Doubles, on_scan: Doubles, weights: Doubles, scale: float) -> Registration:
    """The registration with the displacement that takes the blank's points to where the homography must find them."""
    wanted = cv2.perspectiveTransform(on_scan[None], np.linalg.inv(flat.homography))[0] - blank
    terms = _terms(blank, flat.size)
    ridge = RIDGE * len(blank) * np.diag([float((i + j) ** 2) for i, j in POWERS])
    bend, sure, rest = np.zeros((TERMS, 2)), weights, wanted
    for near in OFF:
        weighted = terms * sure[:, None]
        bend = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ wanted)
        rest = wanted - terms @ bend
        sure = weights / (1 + (np.linalg.norm(rest, axis=1) * scale / near) ** 2)  # Cauchy
    return replace(flat, bend=bend, corners=blank, rest=np.column_stack([sure, sure[:, None] * rest]))


def _terms(points: Doubles, size: tuple[int, int]) -> Doubles:
    """The polynomial's terms at points of the blank, [N, TERMS]: coordinates are -1…1 on the longer side."""
    width, height = size
    x, y = ((points - [width / 2, height / 2]) / (max(size) / 2)).T
    return np.stack([x**i * y**j for i, j in POWERS], axis=1)


def _share(target: Target, scan: Scan, found: Registration) -> tuple[float, float]:
    """Which part of the blank's print the scan has, as far as it is in the picture; and which part of it is."""
    aligned = found.aligned(scan.dark, target.scale, paper=0)
    inside = found.aligned(np.full(scan.dark.shape, 255, np.uint8), target.scale, paper=0) > 0
    printed = (target.small > PRINTED) & inside
    level = max(20.0, 0.35 * float(np.median(aligned[printed]))) if printed.any() else 255.0
    seen = cv2.dilate((aligned > level).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(seen[printed].mean()) if printed.any() else 0.0, float(inside.mean())


def _plausible(homography: Doubles, size: tuple[int, int]) -> bool:
    """Whether the blank's outline is seen from its front, and not too much from the side."""
    width, height = size
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    depth = corners[0] @ homography[2, :2] + homography[2, 2]
    if (depth * np.sign(depth[0]) <= 1e-6).any():
        return False
    seen = cv2.perspectiveTransform(corners, homography)[0]
    sides = np.roll(seen, -1, axis=0) - seen
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1) / [width, height, width, height]
    return bool((turns > 0).all() and lengths.min() > 0.3 * lengths.max())


def _shrunk(dark: Image, longest: int) -> tuple[Image, float]:
    """The picture with its longer side at most so long, and the scale."""
    scale = min(1.0, longest / max(dark.shape))
    if scale == 1:
        return dark, 1.0
    size = max(1, round(dark.shape[1] * scale)), max(1, round(dark.shape[0] * scale))
    return np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.uint8), scale
