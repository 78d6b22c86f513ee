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
# # Inside one prediction
#
# "Nobody knows what goes on in there." People say that of networks, and for the large ones it is fair. But what
# goes on in *this* one is sums, and every one of them can be redone by hand. On this page we follow one digit
# from its pixels to its answer.

# %%
import matplotlib.pyplot as plt
import numpy as np

import digitscope as ds

mnist = ds.load_mnist()
reader = ds.Recognizer("cnn")
hesitant = (
    reader.classify(mnist.test_images[:200]).max(axis=1).argmin()
)  # the least confident of 200 answers
image = mnist.test_images[hesitant]
explanation = ds.explain(image, model=reader)

print(f"answer {explanation.answer}, P = {explanation.probabilities.max():.3f}")
print(f"in truth {mnist.test_labels[hesitant]}")
plt.figure(figsize=(2.2, 2.2))
plt.imshow(image, cmap="gray_r")
plt.axis("off")
plt.show()

# %% [markdown]
# ## What each layer made of it
#
# `explanation.trace` has every number that the network computed on the way.

# %%
for layer in explanation.trace.layers:
    shape = " × ".join(map(str, layer.shape))
    numbers = f"{np.prod(layer.shape):6,} numbers  {layer.parameters:6,} parameters"
    print(f"{layer.name:8} {layer.kind:13} {shape:12} {numbers}")

# %%
layers = [
    layer
    for layer in explanation.trace.layers
    if len(layer.shape) == 3 and layer.name != "input"
]
figure, axes = plt.subplots(len(layers), 12, figsize=(10, 0.95 * len(layers)))
for row, layer in zip(axes, layers, strict=True):
    busiest = layer.output.sum(axis=(0, 1)).argsort()[::-1][:12]
    for axis, channel in zip(row, busiest, strict=True):
        axis.imshow(layer.output[:, :, channel], cmap="gray_r")
        axis.set_axis_off()
    row[0].set_title(layer.name, fontsize=9, loc="left", pad=2)
plt.show()

# %% [markdown]
# ## One number, redone
#
# Take the largest number in the first layer. Where does it come from?

# %%
conv1 = explanation.trace["conv1"].output
row, col, channel = (int(i) for i in np.unravel_index(conv1.argmax(), conv1.shape))
unit = explanation.arithmetic("conv1", channel, row=row, col=col)

figure, axes = plt.subplots(1, 3, figsize=(8, 2.8))
for axis, numbers, title in zip(
    axes,
    (unit.patch, unit.kernel, unit.products),
    ("patch", "× kernel", "= products"),
    strict=True,
):
    numbers = numbers[:, :, 0]
    axis.imshow(numbers, cmap="RdBu_r", vmin=-1, vmax=1)
    axis.set_title(title, fontsize=11)
    axis.set_axis_off()
    for i in range(3):
        for j in range(3):
            number = numbers[i, j]
            color = "white" if abs(number) > 0.55 else "black"
            axis.text(
                j,
                i,
                f"{number:.2f}",
                ha="center",
                va="center",
                fontsize=10,
                color=color,
            )
plt.show()
products = unit.products.sum()
print(f"products {products:.4f} + bias {unit.bias:.4f} = {unit.preactivation:.4f}")
print(f"relu: {unit.value:.4f}; the network has {unit.traced:.4f}")

# %% [markdown]
# A unit in the third convolution is the same with more terms: a patch of 3×3 places in 64 maps, 576 products.
# We needn't print them to add them up.
#
# <iframe class="live" loading="lazy" src="../playground.html?embed#inside/cnn/conv3:20:1:1"
#   title="Any number in the CNN, and the sum that it is"></iframe>

# %%
conv3 = explanation.trace["conv3"].output
row, col, channel = (int(i) for i in np.unravel_index(conv3.argmax(), conv3.shape))
unit = explanation.arithmetic("conv3", channel, row=row, col=col)
products = unit.products.sum()
print(f"{unit.products.size} products:")
print(f"sum {products:.4f} + bias {unit.bias:.4f} = {unit.preactivation:.4f}")
print(f"relu: {unit.value:.4f}; the network has {unit.traced:.4f}")
print("the pixels it sees:", unit.receptive_field)

# %% [markdown]
# ## From 64 numbers to the answer
#
# The last hidden layer describes the image by 64 numbers. The logit of each digit is a weighted sum of these. The
# largest terms for the answer, and the largest against it:

# %%
last = explanation.trace.layers[-1].name
unit = explanation.arithmetic(last, explanation.answer, terms=5)
for term in (*unit.adding, *reversed(unit.removing)):
    print(
        f"{term.source:10} {term.input:7.3f} × {term.weight:+.3f} = {term.product:+7.3f}"
    )
print(f"{'the rest':10} {unit.rest:+27.3f}")
print(f"{'bias':10} {unit.bias:+27.3f}")
print(f"{'logit':10} {unit.preactivation:+27.3f}")

# %%
softmax = unit.softmax
print("digit     logit   probability")
for digit, (logit, probability) in enumerate(
    zip(softmax.logits, softmax.probabilities, strict=True)
):
    print(f"{digit}      {logit:+9.3f}   {probability:.6f}")

# %% [markdown]
# That is all there is. No step was left out.
#
# ## Which pixels did it depend on?
#
# Adding up is not yet understanding. Another way of asking: cover a small patch, and see how much worse off the
# answer is. Do that everywhere.

# %%
occlusion = explanation.occlusion
figure, (left, right) = plt.subplots(1, 2, figsize=(6.5, 3))
left.imshow(image, cmap="gray_r")
left.set_title("the image", fontsize=11)
right.imshow(image, cmap="gray_r", alpha=0.3)
limit = np.abs(occlusion.margin_lost).max()
heat = right.imshow(
    occlusion.margin_lost, cmap="RdBu_r", vmin=-limit, vmax=limit, alpha=0.75
)
side = occlusion.size
right.set_title(f"erasing {side}×{side} pixels …", fontsize=11)
figure.colorbar(heat, ax=right, label="… hurts the answer (nats)", shrink=0.85)
for axis in (left, right):
    axis.set_axis_off()
plt.show()

# %% [markdown]
# Red: what is there supports the answer. Blue: the answer would be more confident without it. And the fewest
# patches found, by trying, that change the answer:

# %%
flip = explanation.flip
if flip is None:
    print("no dozen patches do it")
else:
    size = flip.patches[0].size
    print(f"patches of {size}×{size} pixels: {len(flip.patches)}")
    figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.3))
    for axis, picture, title in zip(
        axes, (image, flip.image), (flip.before, flip.after), strict=True
    ):
        axis.imshow(picture, cmap="gray_r")
        axis.set_title(f"read as {title}", fontsize=11)
        axis.set_axis_off()
    plt.show()

# %% [markdown]
# ## It looks like these
#
# The 64 numbers of the last hidden layer are the network's own description of the image. Training images with
# similar descriptions are the ones that it treats alike:

# %%
figure, axes = plt.subplots(1, 10, figsize=(10, 1.5))
for axis, neighbour in zip(axes, explanation.neighbours, strict=True):
    axis.imshow(neighbour.image, cmap="gray_r")
    axis.set_title(neighbour.label, fontsize=11)
    axis.set_axis_off()
plt.show()

# %% [markdown]
# The pixels of these images differ a good deal. What they share is what the network learned to look at.
#
# All of this, for any image, as a page on which you can point at any number: `digitscope explain IMAGE --html
# why.html`. And the last page of the tutorial asks [how far one can get](10_beyond.py).

# %% [markdown]
# ## Exercises
#
# **1.** Work out the ten probabilities from the ten logits yourself.
#
# <details>
# <summary>Answer</summary>
#
# ```python
# powers = np.exp(softmax.logits - softmax.logits.max())
# print((powers / powers.sum()).round(6))
# ```
#
# Subtracting the largest logit changes nothing, since it cancels out, and keeps `exp` from overflowing. (A model
# file may divide the logits by a temperature first. For this one it is 1.)
#
# </details>
#
# **2.** A unit of `conv1` has the value 0. What do you know about its sum? And what happens to it if you change
# one of its pixels a little?
#
# <details>
# <summary>Answer</summary>
#
# The sum was 0 or less. Probably nothing happens: only a change that lifts the sum above 0 gets through.
#
# </details>
#
# **3.** Which pixels does the middle unit of `conv3` see, the one in row 1 and column 1? Work it out, then ask
# `explanation.arithmetic`.
#
# <details>
# <summary>Answer</summary>
#
# Its field is 18×18 pixels, and units are 4 pixels apart, since there are two poolings. Row 0 starts at pixel 0,
# so row 1 starts at pixel 4: rows and columns 4 to 21.
#
# </details>
