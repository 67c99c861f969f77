using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>A server sums words and tags; a client verifies, and finds every single change.</summary>
public sealed class VerificationTests : IDisposable
{
    private const int Clients = 4;
    private const int Length = (3 * SegmentPoints.RowLength) + 100;
    private const long Limit = 1L << 30;

    private static readonly PadPosition Position = new(kind: 3, vector: 1, segment: 2);

    private readonly TagModulus _modulus = TagModulus.Default;
    private readonly TagKey _key = new(TagReference.GroupKey);
    private readonly SegmentPoints _points;
    private readonly ulong[][] _values;
    private readonly LinearTag[] _tags;

    public VerificationTests()
    {
        _points = _key.DeriveSegmentPoints([2], _modulus);
        _values = [.. Enumerable.Range(0, Clients).Select(client => TagReference.Values(seed: client, Length, Limit))];
        _tags = [.. _values.Select((values, client) => _modulus.Tag(TagReference.HashOf(_points, values), PadOf(client)))];
    }

    public void Dispose()
    {
        _points.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(Clients)]
    public void Sum_OfAnyClients_Verifies(int clients)
    {
        int[] all = [.. Enumerable.Range(0, clients)];
        Verifies(SumOf(all), TagsOf(all), all).Should().BeTrue();
    }

    [Fact]
    public void SumModuloAWidePrime_Wrapped_Verifies()
    {
        // Residues of an outer ciphertext wrap modulo their prime, and so do their tags.
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagReference.Wide);
        TagModulus wide = TagReference.Wide;
        using PadKey first = _key.DerivePadKey([1]);
        using PadKey second = _key.DerivePadKey([2]);
        ulong[] left = TagReference.Values(seed: 1, Length, TagReference.WidePrime);
        ulong[] right = TagReference.Values(seed: 2, Length, TagReference.WidePrime);
        ulong[] sum = [.. left.Zip(right, (a, b) => (a + b) % (ulong)TagReference.WidePrime)];
        LinearPad firstPad = first.PadAt(Position, wide);
        LinearPad secondPad = second.PadAt(Position, wide);

        LinearTag tags = wide.Add(
            wide.Tag(TagReference.HashOf(points, left), firstPad),
            wide.Tag(TagReference.HashOf(points, right), secondPad));

        wide.Verify(tags, wide.Add(firstPad, secondPad), TagReference.HashOf(points, sum)).Should().BeTrue();
        sum[3] ^= 1;
        wide.Verify(tags, wide.Add(firstPad, secondPad), TagReference.HashOf(points, sum)).Should().BeFalse();
    }

    [Fact]
    public void Sum_ChangedByOneAnywhere_IsFound()
    {
        int[] all = [.. Enumerable.Range(0, Clients)];
        LinearTag tags = TagsOf(all);
        for (int position = 0; position < Length; position += 13)
        {
            ulong[] sum = SumOf(all);
            sum[position]++;
            Verifies(sum, tags, all).Should().BeFalse("at {0}", position);
        }
    }

    [Fact]
    public void Sum_WithPartsInOtherPlaces_IsFound()
    {
        int[] all = [.. Enumerable.Range(0, Clients)];
        LinearTag tags = TagsOf(all);
        ulong[] sum = SumOf(all);
        ulong[] swapped = [.. sum];
        (swapped[10], swapped[11]) = (sum[11], sum[10]);
        ulong[] moved = [.. sum];
        (moved[10], moved[10 + SegmentPoints.RowLength]) = (sum[10 + SegmentPoints.RowLength], sum[10]);
        const int Row = SegmentPoints.RowLength;
        ulong[] rows = [.. sum[Row..(2 * Row)], .. sum[..Row], .. sum[(2 * Row)..]];
        ulong[] shorter = sum[..^1];
        ulong[] scaled = [.. sum.Select(value => 2 * value)];

        foreach (ulong[] changed in (ulong[][])[swapped, moved, rows, shorter, scaled, new ulong[Length]])
        {
            Verifies(changed, tags, all).Should().BeFalse();
        }
    }

    [Fact]
    public void Contributions_DroppedDoubledScaledOrExchanged_AreFound()
    {
        int[] all = [.. Enumerable.Range(0, Clients)];
        int[] dropped = [0, 1, 2];
        int[] doubled = [0, 1, 2, 3, 3];

        // The server says that all clients are in.
        Verifies(SumOf(dropped), TagsOf(dropped), all).Should().BeFalse();
        Verifies(SumOf(doubled), TagsOf(doubled), all).Should().BeFalse();
        Verifies(SumOf(all), default, all).Should().BeFalse();
        Verifies(SumOf(all), TagsOf(dropped), all).Should().BeFalse();

        // Twice everything, as if it were all clients.
        Verifies([.. SumOf(all).Select(value => 2 * value)], _modulus.Add(TagsOf(all), TagsOf(all)), all).Should().BeFalse();
    }

    [Fact]
    public void Contents_OfAnotherSegmentPositionOrContext_AreFound()
    {
        int[] all = [.. Enumerable.Range(0, Clients)];
        using SegmentPoints other = _key.DeriveSegmentPoints([3], _modulus);
        LinearHash sum = TagReference.HashOf(_points, SumOf(all));
        LinearPad pads = PadsOf(all);
        _modulus.Verify(TagsOf(all), pads, sum).Should().BeTrue();

        _modulus.Verify(TagsOf(all), pads, TagReference.HashOf(other, SumOf(all))).Should().BeFalse();
        LinearPad padsOfAnother = all.Select(client => PadOf(client, new PadPosition(3, 1, segment: 3))).Aggregate(_modulus.Add);
        _modulus.Verify(TagsOf(all), padsOfAnother, sum).Should().BeFalse();
        _modulus.Verify(TagsOf(all), all.Select(client => PadOf(client + 1)).Aggregate(_modulus.Add), sum).Should().BeFalse();
    }

    private bool Verifies(ulong[] sum, LinearTag tags, int[] listed)
    {
        using var hasher = new LinearHasher();
        hasher.Begin(_points);
        hasher.TryAppend(sum, 2 * Clients * (ulong)Limit).Should().BeTrue();
        return _modulus.Verify(tags, PadsOf(listed), hasher.Complete());
    }

    private ulong[] SumOf(int[] clients)
        => [.. Enumerable.Range(0, Length).Select(i => clients.Aggregate(0UL, (sum, client) => sum + _values[client][i]))];

    private LinearTag TagsOf(int[] clients) => clients.Select(client => _tags[client]).Aggregate(_modulus.Add);

    private LinearPad PadsOf(int[] clients) => clients.Select(client => PadOf(client)).Aggregate(_modulus.Add);

    private LinearPad PadOf(int client) => PadOf(client, Position);

    private LinearPad PadOf(int client, PadPosition position)
    {
        using PadKey pads = _key.DerivePadKey([(byte)client]);
        return pads.PadAt(position, _modulus);
    }
}
