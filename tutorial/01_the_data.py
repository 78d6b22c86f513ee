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
# # The problem and the data
#
# Somebody writes a digit. A program has to tell which one it is.
#
# You read such a digit without noticing that you do anything at all. Try to write down *how*, though, so
# exactly that a program could follow it, and it gets away from you: "a seven has a bar on top and a stroke that
# leans" fits most sevens, and some ones, and a few nines. Everybody writes differently, and no rule covers
# them all.
#
# So we do it the other way round. We collect many digits together with the right answers, take a function with
# many adjustable numbers in it, and adjust the numbers until the function gives the right answers. If we did it
# well, it will also be right about digits that it has never seen. That is all that *learning* means on these
# pages. There are two such functions here, both called neural networks, and the question of the tutorial is why
# one of them does better than the other.
#
# You need some Python. You need to know nothing about networks.

# %% [markdown]
# ## Seventy thousand digits
#
# The examples are [MNIST](https://en.wikipedia.org/wiki/MNIST_database): 70,000 digits, written by employees of
# the US Census Bureau and by high-school students, and put into one form by Yann LeCun, Corinna Cortes and
# Christopher Burges (CC BY-SA 3.0). `load_mnist` finds them on your machine or fetches them, and verifies
# their checksums.

# %%
import digitscope as ds

mnist = ds.load_mnist()
mnist.train_images.shape, mnist.train_labels.shape, mnist.test_images.shape

# %% [markdown]
# There are 60,000 digits to learn from and 10,000 to be tested with. The second pile matters more than it
# seems to. A program could score 100 % on the first one by remembering every answer, and have learned nothing.
# Only digits that it was not adjusted on can tell us whether it learned to *read*. We will look at the test
# digits once each time, at the end, and never use them to choose anything.
#
# Here are the first few to learn from:

# %%
import matplotlib.pyplot as plt


def show(images, titles, columns=10, size=0.95):
    """Images in rows, each with a title above it."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * size * 1.25), squeeze=False
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, image, title in zip(axes.flat, images, titles, strict=False):
        axis.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axis.set_title(title, fontsize=11)
    figure.tight_layout()
    plt.show()


show(mnist.train_images[:20], mnist.train_labels[:20])

# %% [markdown]
# ## An image is a table of numbers
#
# This is the first one, and beside it what the computer has: 28 rows of 28 numbers. 0 is empty paper, 255 is
# full ink. (MNIST stores ink as *bright*. The pictures on these pages turn that round, because ink on paper is
# dark.)

# %%
image, label = mnist.train_images[0], mnist.train_labels[0]

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5))
left.imshow(image, cmap="gray_r")
left.set_title(f"the label says {label}")
right.imshow(image, cmap="gray_r", alpha=0.25)
for row in range(28):
    for column in range(28):
        if image[row, column]:
            right.text(
                column, row, image[row, column], ha="center", va="center", fontsize=5
            )
right.set_title("the same, as numbers (0 is left out)")
for axis in (left, right):
    axis.set_xticks([0, 9, 18, 27])
    axis.set_yticks([0, 9, 18, 27])
plt.show()

# %% [markdown]
# Somebody prepared these digits with care: each was scaled to fit a box of 20×20 pixels and then moved so that
# its centre of mass lies in the middle of the 28×28. Remember that. It makes the task easier, and it is the
# reason why a network that is excellent here can be hopeless on [a photo of your own
# writing](08_your_handwriting.py).

# %%
import numpy as np

ink = mnist.train_images > 0
heights = [np.ptp(np.flatnonzero(one.any(axis=1))) + 1 for one in ink[:2000]]
widths = [np.ptp(np.flatnonzero(one.any(axis=0))) + 1 for one in ink[:2000]]
print(f"tallest {max(heights)} pixels, widest {max(widths)} pixels")

# %% [markdown]
# ## How hard is it?
#
# Before anything clever, something stupid. There are about as many of each digit:

# %%
counts = np.bincount(mnist.test_labels)
print(*(f"{digit}: {count}" for digit, count in enumerate(counts)), sep="\n")
print(f"\nalways answering {counts.argmax()}: {counts.max() / counts.sum():.1%} right")

# %% [markdown]
# Guessing, then, gets about one in ten. Slightly less stupid: average all training images of each digit into
# one blurred template, and answer with the template that is closest.

# %%
templates = np.stack(
    [
        mnist.train_images[mnist.train_labels == digit].mean(axis=0)
        for digit in range(10)
    ]
)
show(templates, range(10))

# %%
pixels = mnist.test_images.reshape(-1, 784).astype(np.float32)
flat = templates.reshape(10, 784).astype(np.float32)
distances = (
    (pixels**2).sum(1)[:, None] - 2 * pixels @ flat.T + (flat**2).sum(1)
)  # [10000, 10]
answers = distances.argmin(axis=1)
print(f"{np.mean(answers == mnist.test_labels):.1%} right")

# %% [markdown]
# That is far above guessing, from ten blurred pictures and no learning worth the name. So the bar is higher
# than it looks: on MNIST, 90 % is poor. Here are some of those it gets wrong, with its answer above each.

# %%
wrong = np.flatnonzero(answers != mnist.test_labels)[:20]
show(mnist.test_images[wrong], answers[wrong])

# %% [markdown]
# You can read most of them at once. They lean, they are thin, or their loop sits a little lower than usual. A
# template can't bend. The next page builds [a function that can](02_the_mlp.py).

# %% [markdown]
# ## Exercises
#
# **1.** Which digit do the templates mistake most often, and for which other?
#
# <details>
# <summary>Answer</summary>
#
# A table of true digits against answers tells:
#
# ```python
# table = np.zeros((10, 10), int)
# np.add.at(table, (mnist.test_labels, answers), 1)
# np.fill_diagonal(table, 0)
# print(np.unravel_index(table.argmax(), table.shape), table.max())
# ```
#
# The 5 for a 3, 118 times. Their lower halves are the same arc, and averaging has blurred what is different at
# the top.
#
# </details>
#
# **2.** Instead of with ten templates, compare each test digit with the first 5,000 *training images*, and answer
# with the label of the closest. How many are right?
#
# <details>
# <summary>Answer</summary>
#
# 93.4 %, with no training at all. This is called the *nearest neighbour*. Its memory is 5,000 images, and it gets
# slower with each one that is added.
#
# ```python
# known = mnist.train_images[:5000].reshape(-1, 784).astype(np.float32)
# distances = (known**2).sum(1) - 2 * pixels @ known.T
# print(np.mean(mnist.train_labels[:5000][distances.argmin(1)] == mnist.test_labels))
# ```
#
# </details>
