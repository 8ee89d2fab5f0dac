// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.action;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Fetches a URL for the effect that the request has: of the answer nothing is kept, and not much is read. */
final class UrlFetch {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final long WHOLE_SECONDS = 10;
    private static final long MAX_BODY = 64 << 10;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL).build();

    /** @throws IOException if there was no answer */
    void run(String url) throws IOException, InterruptedException {
        HttpRequest request;
        try {
            // Anything but http and https is refused here, and never followed to.
            request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(WHOLE_SECONDS)).GET().build();
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
        CompletableFuture<HttpResponse<Void>> answer = client.sendAsync(request, info -> new Discarded());
        try {
            answer.get(WHOLE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("no complete answer within " + WHOLE_SECONDS + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    /** Takes the first bytes of a body and no more. */
    private static final class Discarded implements HttpResponse.BodySubscriber<Void> {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;
        private long read;

        @Override
        public CompletionStage<Void> getBody() {
            return done;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                read += buffer.remaining();
            }
            Flow.Subscription source = subscription;
            if (source == null) {
                return;
            }
            if (read < MAX_BODY) {
                source.request(1);
            } else {
                source.cancel();
                done.complete(null);
            }
        }

        @Override
        public void onError(Throwable cause) {
            done.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            done.complete(null);
        }
    }
}
