package io.godwit.inspect;

/** What is being read, and where it begins: for the one who has to say in what the input ended. */
final class Place {
    private String what = "the header";
    private long began;

    void enter(String what, long began) {
        this.what = what;
        this.began = began;
    }

    long began() {
        return began;
    }

    Finding truncated(long end) {
        return new Finding.Truncated(end, what, began);
    }
}
