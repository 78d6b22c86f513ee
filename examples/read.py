import digitscope as ds

reading = ds.read("examples/receipt.jpg")
print(reading.text)
first = reading.digits[0]  # also: box, polygon, alternatives
print(first.value, f"with confidence {first.confidence:.2f}")
