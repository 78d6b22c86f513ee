# The page and the REST service, as a user without rights, over a file system that may be read-only:
#   docker build -t digitscope . && docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:8000:8000 -e DIGITSCOPE_TOKEN=secret digitscope
FROM python:3.13-slim

COPY pyproject.toml constraints.txt README.md LICENSE NOTICE /build/
COPY src /build/src
RUN pip install --no-cache-dir --constraint /build/constraints.txt "/build[web]"

RUN useradd --uid 10001 --no-create-home digitscope
USER digitscope
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz')"]
CMD ["digitscope", "serve", "--host", "0.0.0.0", "--port", "8000"]
