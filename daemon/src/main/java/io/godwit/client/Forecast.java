package io.godwit.client;

import java.util.Locale;

/** What is to be expected of a running migration. */
sealed interface Forecast {

    /** As words behind a line; empty where there is nothing to say. */
    String words();

    /** Nothing can be said yet. */
    record Unknown() implements Forecast {
        @Override
        public String words() {
            return "";
        }
    }

    /** How fast the guest writes is known after the first pass only: no sooner than this. */
    record NotBefore(double seconds) implements Forecast {
        @Override
        public String words() {
            return String.format(Locale.ROOT, "%s s or more to go", rounded(seconds));
        }
    }

    /** As it went lately, it takes from {@code least} to {@code most} seconds more. */
    record Within(double least, double most) implements Forecast {
        double middle() {
            return (least + most) / 2;
        }

        @Override
        public String words() {
            String from = rounded(least);
            String to = rounded(most);
            return from.equals(to) ? from + " s to go" : from + " to " + to + " s to go";
        }
    }

    /** The guest writes its memory faster than it is sent: by itself this will not end. */
    record NotConverging(double dirtiedMibPerSecond, double sentMibPerSecond) implements Forecast {
        @Override
        public String words() {
            return String.format(Locale.ROOT, "not converging: dirtied %.0f MiB/s, sent %.0f MiB/s;"
                    + " a higher max-bandwidth, auto-converge or postcopy would help", dirtiedMibPerSecond,
                    sentMibPerSecond);
        }
    }

    private static String rounded(double seconds) {
        return String.format(Locale.ROOT, seconds < 10 ? "%.1f" : "%.0f", seconds);
    }
}
