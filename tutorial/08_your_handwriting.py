# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own handwriting
#
# Our CNN reads some 99 % of MNIST. So you write a digit on a sheet of paper, take a photo, shrink it to 28×28
# and ask. Many people have done just that, with this very network, and were disappointed.
#
# We need photos of which we know what they say. Here are 300, *made* by digitscope: digits that people wrote
# (held-out ones from MNIST) on made paper, with a shadow and a camera's noise on them. They aren't real photos,
# but they will do for seeing what goes wrong.

# %%
import cv2
import matplotlib.pyplot as plt
import numpy as np

import digitscope as ds
from digitscope.synthesis.pages import make_page

pages = [
    make_page(
        "dev",
        seed,
        text=str(seed % 10),
        paper="plain",
        height=70,
        size=(150, 150),
        degradations=("shadow", "noise"),
    )
    for seed in range(300)
]
truth = np.array([page.digits[0].value for page in pages])
photos = [page.image for page in pages]


def show(images, count=10):
    """The first images in a row."""
    figure, axes = plt.subplots(1, count, figsize=(10, 1.4))
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_axis_off()
    figure.tight_layout()
    plt.show()


show(photos)

# %%
reader = ds.Recognizer("cnn")  # the reference CNN, trained already
scores = {}


def score(images, name):
    """The share of the images that the CNN names rightly."""
    answers = reader.classify(np.stack(images)).argmax(axis=1)
    scores[name] = np.mean(answers == truth)
    print(f"{name}: {scores[name]:.1%} right")


# %% [markdown]
# ## Shrink it and ask


# %%
def shrink(image):
    """To 28×28."""
    return cv2.resize(image, (28, 28), interpolation=cv2.INTER_AREA)


grey = [cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) for photo in photos]
naive = [shrink(image) for image in grey]
show(naive)
score(naive, "shrunk")

# %% [markdown]
# About what guessing gets. Is the network that bad? No: it was never shown anything like these. Look at what it
# knows, below, and at what it was given, above.

# %%
show(ds.load_mnist().train_images)

# %% [markdown]
# Everything is different. A network is a function that was fitted to *one kind* of images, and gives
# nonsense for others. It doesn't warn you, either: it has ten outputs, and one of them is always the largest. So
# we go through the differences one by one.
#
# ## Ink is bright
#
# In MNIST, ink is 255 and paper is 0. In a photo, it is the other way round.

# %%
inverted = [255 - image for image in naive]
show(inverted)
score(inverted, "and inverted")

# %% [markdown]
# Necessary, but it doesn't help yet. What you see is why: paper in the light is not 0, and a shadow is as dark
# as ink.
#
# ## Paper is black, all of it
#
# What is paper? That which changes slowly. A wide median filter leaves the paper and removes thin strokes; what
# is darker than *its own* surroundings is ink.


# %%
def ink_of(image):
    """How much darker each pixel is than the paper around it, from 0 to 255."""
    paper = cv2.medianBlur(image, 61)
    darker = cv2.subtract(paper, image).astype(float)
    grain = 25  # less than this is noise
    full = max(np.percentile(darker, 99.5) - grain, 1.0)
    return np.clip((darker - grain) * 255 / full, 0, 255).astype(np.uint8)


ink = [ink_of(image) for image in grey]
clean = [shrink(image) for image in ink]
show(clean)
score(clean, "without paper and shadow")

# %% [markdown]
# *We* can read that well. The network cannot, still, and that should sound familiar: the digits are small and
# in some corner, and [it cannot cope with digits that have moved](03_the_blind_spot.py), let alone ones of another
# size.
#
# ## The digit fills a box of 20×20
#
# Find the largest piece of ink, cut it out, and scale it so that its longer side has 20 pixels, as those who
# made MNIST did.


# %%
def boxed(image):
    """The largest piece of ink, scaled to 20 pixels, in the middle of 28×28."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((image > 100).astype(np.uint8))
    canvas = np.zeros((28, 28), np.uint8)
    if len(stats) == 1:
        return canvas  # no ink at all
    x, y, width, height, _ = stats[1 + stats[1:, cv2.CC_STAT_AREA].argmax()]
    scale = 20 / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    glyph = cv2.resize(
        image[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA
    )
    top, left = (28 - size[1]) // 2, (28 - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = glyph
    return canvas


fitted = [boxed(image) for image in ink]
show(fitted)
score(fitted, "cut out, in a box of 20×20")

# %% [markdown]
# ## Its centre of mass lies in the middle
#
# The last difference is a small one. MNIST's digits are not centred by their box but by their ink: a seven is
# heavy on top and stands a little lower for it.


# %%
def centred(image):
    """Moved so that the centre of mass is in the middle."""
    moments = cv2.moments(image)
    if moments["m00"] == 0:
        return image
    right = round(13.5 - moments["m10"] / moments["m00"])
    down = round(13.5 - moments["m01"] / moments["m00"])
    return cv2.warpAffine(image, np.float32([[1, 0, right], [0, 1, down]]), (28, 28))


ready = [centred(image) for image in fitted]
show(ready)
score(ready, "centred by its ink")

# %%
figure, axes = plt.subplots(figsize=(7.5, 2.6))
axes.barh(list(scores), list(scores.values()), color="#2563a8")
axes.invert_yaxis()
axes.set_xlim(0, 1.1)
axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}" if value <= 1 else "")
for row, value in enumerate(scores.values()):
    axes.annotate(
        f"{value:.1%}",
        (value, row),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
    )
for side in ("top", "right"):
    axes.spines[side].set_visible(False)
plt.show()

# %% [markdown]
# Look at what did *not* change: the network. Not one of its 93,322 numbers. All of that came from giving it
# what it was made for. **Preparation is half of recognition**, and when somebody's network "works on MNIST but
# not on my photo", it is nearly always this half that is missing.
#
# What is still wrong? Some of these:

# %%
answers = reader.classify(np.stack(ready)).argmax(axis=1)
wrong = np.flatnonzero(answers != truth)[:10]
print("it says     ", *answers[wrong])
print("in truth    ", *truth[wrong])
show([ready[index] for index in wrong])

# %% [markdown]
# Thin strokes, thick strokes, pieces that broke off. And this was one digit on plain paper. A real page has
# ruled lines, several digits, some of them touching, a printed frame, letters, a coffee stain, and it is
# tilted.
#
# ## What `read` does
#
# `digitscope.reading` does all of the above with more care. It separates ink from paper under uneven light. Where it
# cannot tell which of the two is the lighter, as with a white sheet on a dark table, it tries both and keeps the
# reading with the most confident digit. A first network, the *detector*, then looks at the whole page: for every few
# pixels it gives the scores of the ten digits for having their centre there, and how far such a digit extends. It has
# seen ruled lines, frames, letters and touching digits in training, so it needs no rule about any of them. Each digit
# that it finds is cut out, brought into MNIST's form, and shown to a second network, the *reader*, which sees it alone
# and larger, and has an eleventh class, *not a digit*. A third, small network makes one decision of what both say, of
# the digit's size and of what it touches; on made pages it has learned when to trust which.

# %%
import tempfile
from pathlib import Path

figure, axes = plt.subplots(2, 2, figsize=(10, 4.6))
with tempfile.TemporaryDirectory() as folder:
    for axis, paper in zip(
        axes.flat, ("plain", "ruled", "form", "ledger"), strict=True
    ):
        page = make_page(
            "dev",
            100,
            paper=paper,
            text="40312",
            height=40,
            degradations=("shadow", "noise"),
        )
        reading = ds.read(page.image)
        drawn = Path(folder) / f"{paper}.png"
        reading.save_annotated(drawn)
        axis.imshow(cv2.imread(str(drawn))[..., ::-1])
        axis.set_title(
            f"{paper}: written {page.text}, read {' / '.join(reading.text.splitlines())}",
            fontsize=10,
        )
        axis.set_axis_off()
figure.tight_layout()
plt.show()

# %% [markdown]
# The boxes show where it found a digit: green where its confidence is high, orange where it is low, grey for
# what was rejected as no digit.

# %% [markdown]
# Try it on a photo of yours: `digitscope read photo.jpg`. And since you now know that a network's 99 % are 99 %
# *of something*: [score it on your own photos](../how-to/score.md).
#
# The next page follows [a single digit through the network](09_inside_one_prediction.py), number by number.

# %% [markdown]
# ## Exercises
#
# **1.** The box is 20×20 because MNIST's is. What happens with a box of 26×26, which leaves more detail?
#
# <details>
# <summary>Answer</summary>
#
# On these pages, 79.7 % fall to 74.7 %. The digits are sharper, and larger than any that the network was trained
# on.
#
# </details>
#
# **2.** `boxed` keeps the largest connected component of the ink. Which digits does that damage, and what would
# help?
#
# <details>
# <summary>Answer</summary>
#
# Digits written in parts that do not touch: a 5 whose bar stands apart, a 4 in two strokes, any thin stroke with
# a gap. Components that are close to the largest one, compared with its height, belong to it. Then again, a
# neighbouring digit is close as well. That is why `read` has a network for this step.
#
# </details>
#
# **3.** What does `ink_of` make of a blackboard, and how could a program notice?
#
# <details>
# <summary>Answer</summary>
#
# Next to nothing: chalk is *lighter* than its surroundings, and is clipped to 0. A program can look at which side
# of the background stands out more, or try both and keep the answer with the higher confidence.
#
# </details>
