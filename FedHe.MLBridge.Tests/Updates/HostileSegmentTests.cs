using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;
using FedHe.TestKit.Hostile;

namespace FedHe.MLBridge.Tests.Updates;

/// <summary>Segments that are missing, moved, repeated, exchanged or spoilt, in memory and in streams alike.</summary>
public sealed class HostileSegmentTests : IDisposable
{
    private static readonly SchemeCase Scheme = SegmentModels.Smallest;
    private static readonly int SegmentLength = SegmentModels.SegmentLength(Scheme.Parameters);

    // Three segments, of which the last is as long as the others: only their order tells them apart.
    private static readonly AggregationTerms Terms = SegmentModels.Terms(3 * SegmentLength, Weighting.Clear);

    private readonly TestFederation _federation = new(Scheme, Terms);
    private readonly byte[] _update;
    private readonly List<(int Start, int Length)> _segments;

    public HostileSegmentTests()
    {
        _update = _federation.StreamedUpload(TestModels.Random(Terms.Layout, 1), 7, 1);
        using EncryptedModelUpdate update = _federation.UpdateReader.Read(_update);
        _segments = SegmentModels.SegmentsOf(_update, update.Receipt.EncryptedLength);
    }

    public void Dispose() => _federation.Dispose();

    [Fact]
    public void TryRead_SegmentsMovedMissingOrRepeated_AreRefused()
    {
        Reason(Assemble(0, 1, 2)).Should().Be(FormatError.None);
        Reason(Assemble(1, 0, 2)).Should().Be(FormatError.Inconsistent);
        Reason(Assemble(0, 2, 1)).Should().Be(FormatError.Inconsistent);
        Reason(Assemble(0, 0, 2)).Should().Be(FormatError.Inconsistent);
        Reason(Assemble(0, 1, 1)).Should().Be(FormatError.Inconsistent);
        Reason(Assemble(0, 1)).Should().Be(FormatError.Truncated);
        Reason(Assemble()).Should().Be(FormatError.Truncated);
        Reason(Assemble(0, 1, 2, 2)).Should().Be(FormatError.TrailingBytes);
    }

    [Fact]
    public void TryRead_UpdateCutOrSpoiltAroundItsSegments_IsRefused()
    {
        foreach ((int start, int length) in _segments)
        {
            foreach (int cut in (int[])[0, 1, 4, 51, 52, 53, 107, 108, length / 2, length - 1])
            {
                byte[] shorter = [.. _update.AsSpan(0, start + cut)];
                WriteLength(shorter);
                Reason(shorter).Should().Be(FormatError.Truncated, $"{cut} bytes remain of a segment");
                Reason(_update[..(start + cut)]).Should().Be(FormatError.Truncated);
            }

            foreach (byte[] spoilt in Spoil(_update, start))
            {
                Reason(spoilt).Should().NotBe(FormatError.None);
            }
        }
    }

    [Fact]
    public void TryRead_LengthBeyondTheLimitOfASegment_IsRefusedBeforeItIsRead()
    {
        byte[] update = [.. _update];
        foreach (long length in (long[])[1L << 40, long.MaxValue, long.MinValue, -1, int.MaxValue])
        {
            BitConverter.TryWriteBytes(update.AsSpan(_segments[1].Start + 44), length);
            Reason(update).Should().Be(FormatError.LimitExceeded);
        }

        // What might be a segment, were there so many bytes.
        BitConverter.TryWriteBytes(update.AsSpan(_segments[2].Start + 44), (long)_segments[2].Length);
        BitConverter.TryWriteBytes(update.AsSpan(_segments[1].Start + 44), (long)_segments[1].Length - 52);
        Reason(update).Should().Be(FormatError.Truncated);
    }

    [Fact]
    public void TryRead_AnyBitOfTheFieldsOfALaterSegment_IsHarmless()
    {
        // Identities, form, bound and length are refused; the seed is the sender's own.
        const int FieldsLength = 4 + 48 + 56;
        int start = _segments[1].Start;
        for (int bit = 0; bit < 8 * FieldsLength; bit++)
        {
            byte[] spoilt = [.. _update];
            spoilt[start + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Reason(spoilt).Should().NotBe(FormatError.None, $"bit {bit} of the fields counts");
        }
    }

    [Fact]
    public void TryRead_SegmentsOfDifferentKeysOrForms_AreRefused()
    {
        HeContext context = _federation.Context;
        using KeyPair keys = context.GenerateKeyPair();
        using KeyPair otherKeys = context.GenerateKeyPair();
        IEncryptor seeded = context.CreateEncryptor(keys.SecretKey);
        IEncryptor full = context.CreateEncryptor(keys.PublicKey);
        IEncryptor stranger = context.CreateEncryptor(otherKeys.SecretKey);

        Reason(BytesOf(seeded, seeded, seeded)).Should().Be(FormatError.None);
        Reason(BytesOf(full, full, full)).Should().Be(FormatError.None);
        Reason(BytesOf(seeded, stranger, seeded)).Should().Be(FormatError.Inconsistent);
        Reason(BytesOf(stranger, stranger, seeded)).Should().Be(FormatError.Inconsistent);
        Reason(BytesOf(seeded, seeded, full)).Should().Be(FormatError.Inconsistent, "their bounds differ");
    }

    [Fact]
    public void TryRead_SegmentThatListsSeeds_IsRefused()
    {
        // A list that one client fills would make the sum of all others expand.
        HeContext context = SchemeCase.Named("ckks-aggregation-seeded").CreateContext();
        using KeyPair keys = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(keys.SecretKey);
        ModelLayout layout = TestModels.SmallLayout;
        var terms = new AggregationTerms(layout, EncryptionMask.All(layout), Weighting.Clear, 10);
        var values = new double[layout.ParameterCount];
        using EncryptedVector fresh = encryptor.Encrypt(values, 1);
        using EncryptedVector half = encryptor.Encrypt(values, 0.5);
        using EncryptedVector otherHalf = encryptor.Encrypt(values, 0.5);
        using EncryptedVector listed = context.Public.Evaluator.Add(half, otherHalf);
        listed.Form.Should().Be(VectorForm.SeedList);

        var bounds = new FreshBounds(listed.Bound, listed.Bound);
        bounds.AllowFresh(listed, terms).Should().BeFalse("whatever its bound says");
        var reader = new UpdateReader(context.Public, terms);
        reader.TryRead(TestFederation.BytesOf(terms, listed), out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.FieldOutOfRange);
        reader.TryRead(TestFederation.BytesOf(terms, fresh), out _, out _).Should().BeTrue();
        context.Dispose();
    }

    [Fact]
    public void TryRead_RandomlySpoiltUpdates_GetTheSameAnswerFromMemoryAndStream()
    {
        var hostile = new HostileBytes(seed: 20);
        for (int i = 0; i < 300; i++)
        {
            Reason(hostile.Next(_update).ToArray());
        }
    }

    [Fact]
    public void AggregateAndState_WithSegmentsMoved_AreRefused()
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        _federation.FoldIn(aggregator, _update);
        byte[] state = TestFederation.Bytes(aggregator.SaveState);
        using EncryptedAggregate sum = aggregator.Complete();
        byte[] aggregate = TestFederation.Bytes(sum.WriteTo);
        byte[] swappedAggregate = Swap(aggregate, SegmentModels.SegmentsOf(aggregate, sum.Segments.EncodedLength));
        byte[] swappedState = Swap(state, SegmentModels.SegmentsOf(state, sum.Segments.EncodedLength));

        _federation.AggregateReader.TryRead(aggregate, out _, out _).Should().BeTrue();
        _federation.AggregateReader.TryRead(swappedAggregate, out _, out FormatError reason).Should().BeFalse();
        reason.Should().Be(FormatError.Inconsistent);
        Restore(state).Should().NotThrow();
        Restore(swappedState).Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.Inconsistent);
        Restore(state[..^1]).Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.Truncated);

        Action Restore(byte[] bytes) => () => UpdateAggregator.Restore(
            new MemoryStream(bytes), _federation.Context.Public, Terms).Dispose();
    }

    [Fact]
    public void Read_FromAStreamThatCannotSeek_IsRefusedAsACallersMistake()
    {
        using var pipe = new System.IO.Compression.DeflateStream(new MemoryStream(), System.IO.Compression.CompressionMode.Decompress);
        _federation.UpdateReader.Invoking(r => r.Read(pipe)).Should().Throw<ArgumentException>();
        _federation.AggregateReader.Invoking(r => r.Read(pipe)).Should().Throw<ArgumentException>();
    }

    /// <summary>The answer to some bytes; it must be the same from memory and from a stream in the middle of another.</summary>
    private FormatError Reason(byte[] bytes)
    {
        bool accepted = _federation.UpdateReader.TryRead(bytes, out EncryptedModelUpdate? update, out FormatError reason);
        Assert.Equal(accepted, reason == FormatError.None);
        update?.Dispose();

        using var stream = new MemoryStream([0xFF, .. bytes]) { Position = 1 };
        Assert.Equal(accepted, _federation.UpdateReader.TryRead(stream, out update, out FormatError fromStream));
        update?.Dispose();
        Assert.Equal(reason, fromStream);
        return reason;
    }

    /// <summary>The update with other segments, in a message whose header tells its real length.</summary>
    private byte[] Assemble(params int[] order)
    {
        byte[] bytes =
        [
            .. _update[.._segments[0].Start],
            .. order.SelectMany(i => _update[_segments[i].Start..(_segments[i].Start + _segments[i].Length)]),
        ];
        WriteLength(bytes);
        return bytes;
    }

    private static byte[] Swap(byte[] bytes, List<(int Start, int Length)> segments)
    {
        byte[] swapped = [.. bytes];
        bytes.AsSpan(segments[0].Start, segments[0].Length).CopyTo(swapped.AsSpan(segments[1].Start));
        bytes.AsSpan(segments[1].Start, segments[1].Length).CopyTo(swapped.AsSpan(segments[0].Start));
        return swapped;
    }

    private static void WriteLength(byte[] bytes) => BitConverter.TryWriteBytes(bytes.AsSpan(40), (long)bytes.Length - 48);

    private static byte[] BytesOf(params IEncryptor[] encryptors)
    {
        EncryptedVector[] vectors = [.. encryptors.Select(encryptor => encryptor.Encrypt(new double[SegmentLength], 1))];
        byte[] bytes = TestFederation.BytesOf(Terms, vectors);
        Array.ForEach(vectors, vector => vector.Dispose());
        return bytes;
    }

    /// <summary>A coefficient as large as its width allows, which is above every prime, at several places.</summary>
    private static IEnumerable<byte[]> Spoil(byte[] update, int start)
    {
        foreach (int offset in (int[])[200, 5000, 100_000])
        {
            byte[] spoilt = [.. update];
            spoilt.AsSpan(start + offset, 16).Fill(0xFF);
            yield return spoilt;
        }
    }
}
