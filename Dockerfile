FROM python:3.12-slim

# Where torch and torchvision come from. The default has builds for CPUs alone, which are far smaller than those for
# GPUs; name another of PyTorch's indexes to get one for your CUDA version.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

RUN useradd --create-home --uid 1000 visitor
WORKDIR /app

COPY requirements.txt .
RUN grep -E '^torch(vision)?==' requirements.txt > torch.txt \
    && pip install --no-cache-dir --index-url "$TORCH_INDEX" -r torch.txt \
    && pip install --no-cache-dir -r requirements.txt \
    && rm torch.txt

COPY . .
RUN mkdir -p runs && chown visitor runs

USER 1000
ENV HOME=/home/visitor PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=8).close()"]
CMD ["python", "app.py", "--host", "0.0.0.0"]
