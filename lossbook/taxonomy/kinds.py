"""The kinds of input that losses take."""

# What the losses take, as the tables say it.
KINDS = {
    "real": "real",
    "log-probabilities": "log-probabilities of C classes",
    "logits": "logits of C classes",
    "scores": "scores of C classes",
    "logit": "logit",
    "probability": "probability",
    "score": "score",
    "class": "class, 0 … C − 1",
    "class or probabilities": "one-hot (given as a class, 0 … C − 1), or probabilities of C classes",
    "probabilities": "probabilities of C classes",
    "sign": "−1 or 1",
    "label": "0 or 1",
    "distance": "distance, at least 0",
    "similar": "1 for a similar pair, 0 for another",
    "embedding": "embeddings of D numbers",
    "negatives": "K such for each anchor (none given: the other positives of the batch)",
    "proxies": "C points of D numbers",
}

# The kinds of prediction that have one number for each of C classes, on the last axis.
OF_CLASSES = {"log-probabilities", "logits", "scores"}
