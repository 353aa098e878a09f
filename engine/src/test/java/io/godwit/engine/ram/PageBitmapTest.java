package io.godwit.engine.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A page bitmap does what java.util.BitSet does, at its edges too. */
final class PageBitmapTest {

    @Test
    void agreesWithABitSet() {
        var random = new Random(7);
        for (int pages : new int[]{1, 63, 64, 65, 127, 128, 1000}) {
            var bitmap = new PageBitmap(pages);
            var model = new BitSet(pages);
            for (int i = 0; i < 500; i++) {
                int a = random.nextInt(pages + 1);
                int b = random.nextInt(pages + 1);
                int page = random.nextInt(pages);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        bitmap.setRange(Math.min(a, b), Math.max(a, b));
                        model.set(Math.min(a, b), Math.max(a, b));
                    }
                    case 1 -> {
                        bitmap.set(page);
                        model.set(page);
                    }
                    case 2 -> {
                        bitmap.clearRange(Math.min(a, b), Math.max(a, b));
                        model.clear(Math.min(a, b), Math.max(a, b));
                    }
                    case 3 -> {
                        bitmap.setRangeShared(Math.min(a, b), Math.max(a, b));
                        model.set(Math.min(a, b), Math.max(a, b));
                    }
                    default -> {
                        bitmap.clear(page);
                        model.clear(page);
                    }
                }
                assertThat(bitmap.cardinality()).isEqualTo(model.cardinality());
                assertThat(bitmap.get(page)).isEqualTo(model.get(page));
                assertThat(bitmap.nextSet(page)).isEqualTo(model.nextSetBit(page));
                assertThat(bitmap.nextClear(page)).isEqualTo(Math.min(pages, model.nextClearBit(page)));
                assertThat(bitmap.nextClear(page, b)).isEqualTo(Math.min(b, model.nextClearBit(page)));
            }
        }
    }

    @Test
    void addsAnotherBitmap() {
        var one = new PageBitmap(100);
        var other = new PageBitmap(100);
        one.set(3);
        other.setRange(64, 66);
        one.or(other);
        assertThat(one.cardinality()).isEqualTo(3);
        one.clearAll();
        assertThat(one.nextSet(0)).isEqualTo(-1);
        assertThat(one.nextSet(100)).isEqualTo(-1);
        assertThat(one.nextClear(100)).isEqualTo(100);
    }

    @Test
    void takesOutAnotherBitmap() {
        var one = new PageBitmap(130);
        var other = new PageBitmap(130);
        one.setRange(60, 130);
        other.setRange(0, 64);
        other.set(129);
        one.remove(other);
        assertThat(one.nextSet(0)).isEqualTo(64);
        assertThat(one.nextClear(64)).isEqualTo(129);
        assertThat(one.cardinality()).isEqualTo(129 - 64);
        assertThat(other.cardinality()).isEqualTo(65);
    }

    @Test
    void rangesEndAtTheEdgesOfWordsOrWithinThem() {
        for (int[] range : new int[][]{{0, 0}, {5, 5}, {64, 64}, {0, 64}, {64, 128}, {63, 65}, {1, 191}, {0, 192}}) {
            var bitmap = new PageBitmap(192);
            bitmap.setRange(0, 192);
            bitmap.clearRange(range[0], range[1]);
            assertThat(bitmap.cardinality()).isEqualTo(192 - (range[1] - range[0]));
            bitmap.setRange(range[0], range[1]);
            assertThat(bitmap.nextClear(0)).isEqualTo(192);
        }
    }

    @Test
    void refusesASizeBeyondItsIndices() {
        assertThatThrownBy(() -> new PageBitmap(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PageBitmap(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }
}
