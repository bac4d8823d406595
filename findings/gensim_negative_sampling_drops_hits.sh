#!/usr/bin/env bash
# gensim 4.4.0, Word2Vec with negative sampling: a likely pair's score comes out above its pointwise mutual information.
#
# Expected: the loss of the paper is least at log p - log(K q), p the word's probability after its context, q its share in the noise.
# Seen: a negative that equals the positive is dropped, so that the scores go to log p - log(K q (1 - p)): 1.20 higher for p = 0.7.
# Touches: scores that are read as pointwise mutual information, where a context has a word that follows it mostly.
set -euo pipefail
source "$(dirname "$0")/_env.sh"

with gensim==4.4.0 numpy==2.4.6
sees "farthest of six scores: from log p - log(K q) 1.3, with 1 - p in it 0.1" <<'PYTHON'
import numpy as np
from gensim.models import Word2Vec

K, contexts, words = 5, "AB", "xyz"
p = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
sentences = [[c, w] for i, c in enumerate(contexts) for j, w in enumerate(words) for _ in range(round(1000 * p[i, j]))]
np.random.default_rng(0).shuffle(sentences)
training = {"alpha": 0.02, "min_alpha": 0.001, "epochs": 150, "seed": 1, "workers": 1}
model = Word2Vec(
    sentences, vector_size=20, window=1, min_count=1, sample=0, sg=1, hs=0, negative=K, ns_exponent=1.0, **training
)
place = [model.wv.key_to_index[w] for w in words]
count = np.array([model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key], dtype=float)
q = (count / count.sum())[place]
score = np.array([[model.wv[c] @ model.syn1neg[i] for i in place] for c in contexts])
plain, dropped = np.log(p / (K * q)), np.log(p / (K * q * (1 - p)))
far = [np.abs(score - each).max() for each in (plain, dropped)]
print(f"farthest of six scores: from log p - log(K q) {far[0]:.1f}, with 1 - p in it {far[1]:.1f}")
PYTHON
