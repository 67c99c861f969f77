using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

public sealed class HedgedRandomSourceTests
{
    private const int PieceLength = 1 << 14;

    private static readonly byte[] Plaintext = [.. Enumerable.Range(0, 200).Select(i => (byte)(7 * i))];

    public static TheoryData<string> FreshInputs { get; } = ["process", "kernel", "counter", "utc", "timestamp"];

    [Fact]
    public void Draws_OfTwoContinuationsWithNothingFresh_AreTheSame()
    {
        // Without this, the differences below might come from anywhere.
        Bytes(Snapshot.Resume()).Should().Equal(Bytes(Snapshot.Resume()));
        PublicBytes(Snapshot.Resume()).Should().Equal(PublicBytes(Snapshot.Resume()));
        Secrets(Snapshot.Resume(), Plaintext).Should().Equal(Secrets(Snapshot.Resume(), Plaintext));
    }

    [Theory]
    [MemberData(nameof(FreshInputs))]
    public void Draws_WithOneFreshInput_AllDiffer(string fresh)
    {
        HedgedRandomSource Other() => fresh switch
        {
            "process" => Snapshot.Resume(process: 3),
            "kernel" => Snapshot.Resume(kernel: 3),
            "counter" => Snapshot.Resume(drawsBefore: 1),
            "utc" => Snapshot.Resume(utcTicks: Snapshot.Time + 1),
            _ => Snapshot.Resume(timestamp: 78),
        };

        Bytes(Other()).Should().NotEqual(Bytes(Snapshot.Resume()));
        PublicBytes(Other()).Should().NotEqual(PublicBytes(Snapshot.Resume()));
        Secrets(Other(), Plaintext).Should().NotEqual(Secrets(Snapshot.Resume(), Plaintext));
    }

    [Fact]
    public void Draws_OfDifferentPurposesClientsAndContexts_Differ()
    {
        byte[] context = [1];
        byte[][] draws =
        [
            Bytes(Snapshot.Resume()),
            PublicBytes(Snapshot.Resume()),
            PublicBytes(Snapshot.Resume(), context),
            PublicBytes(Snapshot.Resume(), [1, 0]),
            Secrets(Snapshot.Resume(), Plaintext)[..32],
            Bytes(new HedgedRandomSource(Snapshot.Inputs(), new byte[32])),
            Bytes(Snapshot.Resume().For(new byte[33])),
            Bytes(new HedgedRandomSource(Snapshot.Inputs(), clientSecret: [])),
        ];

        draws.Select(Convert.ToHexString).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Draws_OneAfterTheOther_ReadTheKernelEachTime()
    {
        HedgeInputs inputs = Snapshot.Inputs();
        var random = new HedgedRandomSource(inputs, new byte[32]);
        var kernel = (ConstantSource)inputs.Kernel;
        for (int i = 0; i < 2000; i++)
        {
            Bytes(random);
            PublicBytes(random);
            Secrets(random, Plaintext);
        }

        kernel.Requests.Should().Be(6000);
        ((ConstantSource)inputs.Process).Requests.Should().Be(6000);
    }

    [Fact]
    public void Draws_OfTheSamePlaintextTwice_Differ()
    {
        HedgedRandomSource random = Snapshot.Resume();

        Secrets(random, Plaintext).Should().NotEqual(Secrets(random, Plaintext));
    }

    [Fact]
    public void Fill_AnyLength_IsTheHashOfTheDocumentedFrame()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] frame =
        [
            .. "FedHe public   1"u8,
            .. Enumerable.Repeat((byte)1, 32),
            .. Enumerable.Repeat((byte)2, 32),
            .. LittleEndian(5),
            .. LittleEndian(Snapshot.Time),
            .. LittleEndian(77),
            .. SHA256.HashData("context"u8),
        ];
        byte[] root = HMACSHA256.HashData(SHA256.HashData(secret), frame);
        byte[] Draw(int length)
        {
            var bytes = new byte[length];
            new HedgedRandomSource(Snapshot.Inputs(drawsBefore: 4), secret).FillPublic(bytes, "context"u8);
            return bytes;
        }

        Draw(32).Should().Equal(root);
        Draw(12).Should().Equal(root[..12]);
        Draw(50_000).Should().Equal(Expand(root, item: 0, 50_000));
    }

    [Fact]
    public void Streams_OfASeed_FollowTheDocumentedCounterBlocks()
    {
        byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using var streams = new SeededStreams(seed);
        using SecretStream stream = streams.Open();
        using SecretStream other = streams.Open();
        var bytes = new byte[1000];

        stream.Fill(bytes);
        bytes.Should().Equal(Expand(seed, item: 0, bytes.Length));
        other.MoveTo(9);
        other.Fill(bytes.AsSpan(0, 20));
        other.Fill(bytes.AsSpan(20, 20));
        bytes[..20].Should().Equal(Expand(seed, item: 9, 20));
        bytes[20..40].Should().Equal(Expand(seed, item: 9, 52)[32..], "a request ends with its block");
        other.MoveTo(9);
        other.Fill(bytes);
        bytes.Should().Equal(Expand(seed, item: 9, bytes.Length));
    }

    [Fact]
    public void DrawSecret_OfAnyLength_DependsOnEveryBit()
    {
        foreach (int length in (int[])[1, 7, 8, 9, 63, 64, 65, 127, 128, 200])
        {
            byte[] plaintext = Plaintext[..length];
            byte[] reference = Secrets(Snapshot.Resume(), plaintext);
            for (int bit = 0; bit < 8 * length; bit++)
            {
                Secrets(Snapshot.Resume(), Flip(plaintext, bit)).Should().NotEqual(reference, "bit {0} of {1} bytes", bit, length);
            }
        }
    }

    [Fact]
    public void DrawSecret_OfSeveralPieces_DependsOnEveryWord()
    {
        byte[] plaintext = [.. Enumerable.Range(0, (2 * PieceLength) + 8 + 3).Select(i => (byte)(i * i))];
        foreach (int degree in (int[])[1, 2])
        {
            var seen = new HashSet<string> { Convert.ToHexString(Secrets(Snapshot.Resume(), plaintext, degree)) };
            for (int place = 0; place < plaintext.Length; place += 8)
            {
                seen.Add(Convert.ToHexString(Secrets(Snapshot.Resume(), Flip(plaintext, (8 * place) + (place / 8 % 64 % 24)), degree)))
                    .Should().BeTrue("byte {0} counts", place);
            }

            seen.Add(Convert.ToHexString(Secrets(Snapshot.Resume(), Flip(plaintext, (8 * plaintext.Length) - 1), degree))).Should().BeTrue();
        }
    }

    [Fact]
    public void DrawSecret_WithZerosMoreOrLess_Differs()
    {
        // Zeros complete the last words of the hash, so the length must count by itself.
        string[] seeds = [.. Enumerable.Range(0, 140).Select(length => Convert.ToHexString(Secrets(Snapshot.Resume(), new byte[length])))];

        seeds.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void DrawSecret_OnAnyNumberOfThreads_IsTheSame()
    {
        byte[] plaintext = [.. Enumerable.Range(0, 40 * PieceLength).Select(i => (byte)(i * i))];
        byte[] reference = Secrets(Snapshot.Resume(), plaintext, degree: 1);

        Secrets(Snapshot.Resume(), plaintext, degree: 3).Should().Equal(reference);
        Secrets(Snapshot.Resume(), plaintext, degree: -1).Should().Equal(reference);
    }

    [Fact]
    public void DrawSecret_OfAPlaintext_IsTheHashThatTheSpecificationGives()
    {
        byte[] root = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] plaintext = [.. Enumerable.Range(0, PieceLength + 100).Select(i => (byte)(i * i))];
        int hashKeyLength = UniversalHashKernel.KeyLength(PieceLength);
        byte[] keys = Expand(root, item: 0, hashKeyLength + 32);
        byte[] First(ReadOnlySpan<byte> piece)
        {
            var hash = new byte[UniversalHashKernel.HashLength];
            new UniversalHashSpecification().Hash(piece, keys.AsSpan(0, hashKeyLength), hash);
            return hash;
        }

        byte[] frame = [.. LittleEndian(plaintext.Length), .. First(plaintext.AsSpan(0, PieceLength)), .. First(plaintext.AsSpan(PieceLength))];
        var seed = new byte[32];
        PlaintextDigest.Compute(root, plaintext, maxDegreeOfParallelism: 1, seed);

        seed.Should().Equal(HMACSHA256.HashData(keys.AsSpan(hashKeyLength), frame));
    }

    [Fact]
    public void PublicSurface_SystemSource_NeverRepeats()
    {
        var drawn = new HashSet<string>();
        var bytes = new byte[16];
        for (int i = 0; i < 1000; i++)
        {
            HedgedRandom.Fill(bytes);
            drawn.Add(Convert.ToHexString(bytes)).Should().BeTrue();
            HedgedRandom.FillPublic(bytes, "context"u8);
            drawn.Add(Convert.ToHexString(bytes)).Should().BeTrue();
        }
    }

    [Fact]
    public void RandomnessSecret_TooShort_IsRefused()
    {
        FluentActions.Invoking(() => new HeContextOptions { RandomnessSecret = new byte[31] }).Should().Throw<ArgumentException>();
        new HeContextOptions { RandomnessSecret = new byte[32] }.RandomnessSecret.Length.Should().Be(32);
    }

    internal static byte[] Secrets(EncryptionRandomSource random, byte[] plaintext, int degree = 1)
    {
        var bytes = new byte[48];
        using SecretStreams streams = random.DrawSecret(plaintext, degree);
        using SecretStream stream = streams.Open();
        stream.Fill(bytes);
        return bytes;
    }

    private static byte[] Bytes(HedgedRandomSource random)
    {
        var bytes = new byte[32];
        random.Fill(bytes);
        return bytes;
    }

    private static byte[] PublicBytes(HedgedRandomSource random, byte[]? context = null)
    {
        var bytes = new byte[32];
        random.FillPublic(bytes, context);
        return bytes;
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] changed = [.. bytes];
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    }

    private static byte[] LittleEndian(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>Expands a seed by hand, block by block.</summary>
    private static byte[] Expand(byte[] seed, int item, int length)
    {
        using var aes = Aes.Create();
        aes.Key = seed;
        var output = new List<byte>();
        var counter = new byte[16];
        for (long block = 0; output.Count < length; block++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(counter, block);
            BinaryPrimitives.WriteInt32LittleEndian(counter.AsSpan(8), item);
            BinaryPrimitives.WriteUInt16LittleEndian(counter.AsSpan(14), 2);
            output.AddRange(aes.EncryptEcb(counter, PaddingMode.None));
        }

        return [.. output.Take(length)];
    }
}
