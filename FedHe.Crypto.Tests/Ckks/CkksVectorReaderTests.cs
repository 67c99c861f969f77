using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Ckks;

/// <summary>Bytes of vectors that are well-formed in every other way, so that exactly one check of the reader can refuse them.</summary>
public sealed class CkksVectorReaderTests : IDisposable
{
    private const int FormStart = WireHeader.SizeInBytes + KeyId.SizeInBytes;
    private const int LimbCountStart = FormStart + 1;
    private const int BoundStart = FormStart + 4 + sizeof(int);
    private const int NoiseMaxStart = BoundStart + (2 * sizeof(double));
    private const int NoiseVarianceStart = BoundStart + (3 * sizeof(double));
    private const int SeedsStart = BoundStart + (4 * sizeof(double));
    private const int FirstSeedStart = SeedsStart + sizeof(int);

    private static readonly HeContext Context = SchemeRegistry.CkksSmallest.Context;

    private readonly KeyPair _keys = Context.GenerateKeyPair();

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData(NoiseMaxStart)]
    [InlineData(NoiseVarianceStart)]
    public void Reader_FreshVectorThatDeclaresLessNoiseThanEncryptionMakes_RefusesIt(int field)
    {
        using EncryptedVector vector = Encrypt();
        byte[] bytes = BytesOf(vector);

        Reason(bytes).Should().Be(FormatError.None);
        Reason(With(bytes, field, Math.BitIncrement)).Should().Be(FormatError.None, "who declares more harms no one else");
        Reason(With(bytes, field, Math.BitDecrement)).Should().Be(FormatError.FieldOutOfRange);
        Reason(With(bytes, field, _ => 0)).Should().Be(FormatError.FieldOutOfRange);
    }

    [Theory]
    [InlineData(NoiseMaxStart)]
    [InlineData(NoiseVarianceStart)]
    public void Reader_VectorOfThePublicKeyThatDeclaresLessNoiseThanASeededOne_RefusesIt(int field)
    {
        using EncryptedVector seeded = Encrypt();
        using EncryptedVector full = Context.CreateEncryptor(_keys.PublicKey).Encrypt([0.5], 1);
        double least = field == NoiseMaxStart ? seeded.Bound.NoiseMax : seeded.Bound.NoiseVariance;
        byte[] bytes = BytesOf(full);

        Reason(With(bytes, field, _ => least)).Should().Be(FormatError.None);
        Reason(With(bytes, field, _ => Math.BitDecrement(least))).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Reader_CompressedVectorThatDeclaresTheNoiseOfAWholeOne_RefusesIt()
    {
        using EncryptedVector vector = Encrypt();
        using EncryptedVector compressed = Context.Public.Compressor!.Compress(vector, Math.Sqrt(vector.Bound.NoiseVariance));
        compressed.EncodedLength.Should().BeLessThan(vector.EncodedLength);
        byte[] bytes = BytesOf(compressed);

        Reason(bytes).Should().Be(FormatError.None);
        Reason(With(bytes, NoiseMaxStart, _ => vector.Bound.NoiseMax)).Should().Be(FormatError.FieldOutOfRange);
        Reason(With(bytes, NoiseVarianceStart, _ => vector.Bound.NoiseVariance)).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Reader_ListOfMoreThan64Seeds_IsRefused()
    {
        byte[] longest = ListOf(64);
        var after = new byte[WeightedSeed.EncodedLength];
        after.AsSpan(0, Seed.SizeInBytes).Fill(0xFF);
        after[Seed.SizeInBytes] = 1;

        Reason(longest).Should().Be(FormatError.None);
        Reason(WithSeed(longest, index: 64, after)).Should().Be(FormatError.FieldOutOfRange);
        Reason(WithSeed(ListOf(63), index: 63, after)).Should().Be(FormatError.None, "the seed behind the others is in order");
    }

    [Fact]
    public void Reader_SeedTwiceOrOutOfOrder_IsRefused()
    {
        byte[] bytes = ListOf(3);
        byte[] Entry(int index) => bytes[EntryStart(index)..EntryStart(index + 1)];

        Reason(bytes).Should().Be(FormatError.None);
        foreach (int index in (int[])[0, 1, 2])
        {
            Reason(WithSeed(bytes, index, Entry(index))).Should().Be(FormatError.Inconsistent, "a seed stands once, with its whole weight");
        }

        byte[] swapped = [.. bytes[..FirstSeedStart], .. Entry(1), .. Entry(0), .. bytes[EntryStart(2)..]];
        Reason(swapped).Should().Be(FormatError.Inconsistent, "a list has one order");
        byte[] again = [.. bytes[..EntryStart(1)], .. Entry(2), .. Entry(2), .. bytes[EntryStart(3)..]];
        Reason(again).Should().Be(FormatError.Inconsistent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Reader_SeedOfAWeightBelowOne_IsRefused(long weight)
    {
        byte[] bytes = ListOf(2);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(EntryStart(1) - sizeof(long)), weight);

        Reason(bytes).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Reader_ListOfOneSeedOfWeightOne_IsRefusedBecauseItHasAFormOfItsOwn()
    {
        using EncryptedVector vector = Encrypt();
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(vector.Length);
        sum.Add(vector, 2);
        using EncryptedVector twice = sum.Complete();
        twice.Form.Should().Be(VectorForm.SeedList);
        byte[] bytes = BytesOf(twice);
        byte[] once = [.. bytes];
        BinaryPrimitives.WriteInt64LittleEndian(once.AsSpan(EntryStart(1) - sizeof(long)), 1);

        Reason(bytes).Should().Be(FormatError.None);
        Reason(once).Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public void Reader_ExactSumWhoseSeedsDoNotHaveItsTotalWeight_IsRefused()
    {
        HeContext context = SchemeRegistry.CkksExact.Context;
        using KeyPair keys = context.GenerateKeyPair();
        IEncryptor encryptor = context.CreateEncryptor(keys.SecretKey);
        using EncryptedVector first = encryptor.Encrypt([0.5], 1);
        using EncryptedVector second = encryptor.Encrypt([0.25], 1);
        using IAccumulator accumulator = context.Public.Evaluator.CreateAccumulator(1);
        accumulator.Add(first, 2);
        accumulator.Add(second, 3);
        using EncryptedVector sum = accumulator.Complete();
        byte[] bytes = BytesOf(sum);

        Reason(bytes, context).Should().Be(FormatError.None);
        foreach (int change in (int[])[-1, 1])
        {
            byte[] spoilt = [.. bytes];
            Span<byte> weight = spoilt.AsSpan(EntryStart(1) - sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(weight, BinaryPrimitives.ReadInt64LittleEndian(weight) + change);
            Reason(spoilt, context).Should().Be(FormatError.Inconsistent);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(255)]
    public void Reader_LevelThatTheParametersDoNotHave_IsRefused(byte limbCount)
    {
        HeContext context = SchemeRegistry.CkksSmallestSlots.Context;
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector vector = context.CreateEncryptor(keys.PublicKey).Encrypt([0.5], 0.5);
        byte[] bytes = BytesOf(vector);
        bytes[LimbCountStart].Should().Be(2);
        bytes[LimbCountStart] = limbCount;

        Reason(bytes, context).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Reader_SeedBelowTheLevelOfFreshVectors_IsRefused()
    {
        var parameters = (CkksParameters)SchemeRegistry.CkksSmallestSlots.Parameters;
        HeContext context = SchemeRegistry.CkksSmallestSlots.Context;
        using KeyPair keys = context.GenerateKeyPair();
        using EncryptedVector seeded = context.CreateEncryptor(keys.SecretKey).Encrypt([0.5], 0.5);
        byte[] bytes = BytesOf(seeded);

        // The first prime comes first: without the coefficients modulo the last one, the lengths agree.
        int limbLength = parameters.Degree * CkksParameters.WidthOf(parameters.Moduli[1]) / 8;
        byte[] lower = bytes[..^limbLength];
        lower[LimbCountStart]--;
        BinaryPrimitives.WriteInt64LittleEndian(lower.AsSpan(WireHeader.SizeInBytes - sizeof(long)), lower.Length - WireHeader.SizeInBytes);
        CkksVectorFormat.EncodedLength(parameters, 1, VectorForm.Seeded, limbCount: 1, seedCount: 1, DroppedBits.None).Should().Be(lower.Length);

        Reason(lower, context).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void VectorReadInPlace_OfBytesThatChangeAfterTheirCheck_HasResiduesOnly()
    {
        using EncryptedVector vector = Encrypt();
        byte[] bytes = BytesOf(vector);
        var ring = (CkksParameters)Context.Parameters;
        Context.Public.Reader.TryCheck(bytes, WireLimits.Default, out _, out _).Should().BeTrue();

        bytes.AsSpan(SeedsStart + Seed.SizeInBytes).Fill(byte.MaxValue);

        Reason(bytes).Should().Be(FormatError.FieldOutOfRange);
        Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? later, out _).Should().BeTrue();
        using (later)
        {
            ((CkksVector)later!).Limb(0, 0, 0).ToArray().Should().OnlyContain(residue => residue < ring.Moduli[0]);
        }
    }

    [Fact]
    public void VectorReadInPlace_OfBytesThatChangeAfterTheirCheck_IsNotDecrypted()
    {
        using EncryptedVector vector = Encrypt();
        byte[] bytes = BytesOf(vector);
        Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? later, out _).Should().BeTrue();
        using (later)
        {
            var values = new double[vector.Length];
            IDecryptor decryptor = Context.CreateDecryptor(_keys.SecretKey);
            decryptor.Decrypt(later!, values);
            values.Should().Contain(value => value != 0);

            bytes.AsSpan(SeedsStart + Seed.SizeInBytes).Fill(byte.MaxValue);

            FluentActions.Invoking(() => decryptor.Decrypt(later!, values)).Should().Throw<HeFormatException>();
            values.Should().OnlyContain(value => value == 0);
        }
    }

    [Fact]
    public void VectorReadInPlace_Compressed_NeedsTheBytesNoMore()
    {
        using EncryptedVector vector = Encrypt();
        byte[] bytes = BytesOf(vector);
        Context.Public.Reader.TryReadChecked(bytes, WireLimits.Default, out EncryptedVector? later, out _).Should().BeTrue();
        using EncryptedVector compressed = Context.Public.Compressor!.Compress(later!, 1e-6);
        byte[] before = BytesOf(compressed);

        later!.Dispose();
        bytes.AsSpan().Clear();

        BytesOf(compressed).Should().Equal(before);
    }

    [Fact]
    public void VectorReadInPlace_Disposed_IsRefusedByASum()
    {
        using EncryptedVector vector = Encrypt();
        Context.Public.Reader.TryReadChecked(BytesOf(vector), WireLimits.Default, out EncryptedVector? later, out _).Should().BeTrue();
        later!.Dispose();
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(1);

        FluentActions.Invoking(() => sum.Add(later)).Should().Throw<ObjectDisposedException>();

        sum.Count.Should().Be(0);
    }

    private static int EntryStart(int index) => FirstSeedStart + (index * WeightedSeed.EncodedLength);

    private static byte[] BytesOf(EncryptedVector vector)
    {
        var buffer = new ArrayBufferWriter<byte>();
        vector.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static FormatError Reason(byte[] bytes, HeContext? context = null)
    {
        IVectorReader reader = (context ?? Context).Public.Reader;
        reader.TryRead(bytes, WireLimits.Default, out EncryptedVector? vector, out FormatError reason);
        vector?.Dispose();
        reader.TryCheck(bytes, WireLimits.Default, out EncryptedVector? head, out FormatError reasonOfCheck);
        head?.Dispose();
        reasonOfCheck.Should().Be(reason, "checking is as thorough as reading");
        return reason;
    }

    private static byte[] With(byte[] bytes, int field, Func<double, double> change)
    {
        byte[] changed = [.. bytes];
        Span<byte> number = changed.AsSpan(field);
        BinaryPrimitives.WriteDoubleLittleEndian(number, change(BinaryPrimitives.ReadDoubleLittleEndian(number)));
        return changed;
    }

    /// <summary>The bytes of a seed list with one more entry, whose count and length are right.</summary>
    private static byte[] WithSeed(byte[] bytes, int index, byte[] entry)
    {
        byte[] longer = [.. bytes[..EntryStart(index)], .. entry, .. bytes[EntryStart(index)..]];
        Span<byte> count = longer.AsSpan(SeedsStart);
        BinaryPrimitives.WriteInt32LittleEndian(count, BinaryPrimitives.ReadInt32LittleEndian(count) + 1);
        BinaryPrimitives.WriteInt64LittleEndian(longer.AsSpan(WireHeader.SizeInBytes - sizeof(long)), longer.Length - WireHeader.SizeInBytes);
        return longer;
    }

    private EncryptedVector Encrypt() => Context.CreateEncryptor(_keys.SecretKey).Encrypt([0.5], 1);

    private byte[] ListOf(int seeds)
    {
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(1);
        for (int i = 0; i < seeds; i++)
        {
            using EncryptedVector vector = Encrypt();
            sum.Add(vector);
        }

        using EncryptedVector list = sum.Complete();
        byte[] bytes = BytesOf(list);
        BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(SeedsStart)).Should().Be(seeds);
        return bytes;
    }
}
