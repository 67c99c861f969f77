using System.Buffers;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;

namespace FedHe.Crypto.Tests.Ckks.SealFormat;

public sealed class SealFilesTests
{
    private static readonly SealEncryptionParameters Parameters = SealEncryptionParameters.Create(1024, [27, 26]);

    [Fact]
    public void SecretKey_WrittenAndRead_IsTheSamePolynomial()
    {
        byte[] ternary = Ternary(seed: 1);
        byte[] file = FileOf(ternary);
        var read = new byte[ternary.Length];

        SealFiles.TryReadSecretKey(file, Parameters, read).Should().BeTrue();

        read.Should().Equal(ternary);
    }

    [Fact]
    public void SecretKey_OfUnlikePolynomialsModuloTheTwoPrimes_IsRefusedAndNothingWritten()
    {
        byte[] first = FileOf(Ternary(seed: 1));
        byte[] second = FileOf(Ternary(seed: 2));
        int limbLength = Parameters.Degree * sizeof(ulong);
        byte[] spliced = [.. first[..^limbLength], .. second[^limbLength..]];
        var read = new byte[SealFiles.TernaryLength(Parameters.Degree)];

        SealFiles.TryReadSecretKey(spliced, Parameters, read).Should().BeFalse();

        read.Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void SecretKey_OfAnotherLength_IsACallersMistake(int difference)
    {
        byte[] file = FileOf(Ternary(seed: 1));
        var other = new byte[SealFiles.TernaryLength(Parameters.Degree) + difference];

        FluentActions.Invoking(() => SealFiles.TryReadSecretKey(file, Parameters, other)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => SealFiles.TryWriteSecretKey(other, Parameters, new ArrayBufferWriter<byte>()))
            .Should().Throw<ArgumentException>();
    }

    [Fact]
    public void SecretKey_ThatIsNotTernary_IsNotWritten()
    {
        byte[] ternary = Ternary(seed: 1);
        ternary[7] = 0xFF;
        var destination = new ArrayBufferWriter<byte>();

        SealFiles.TryWriteSecretKey(ternary, Parameters, destination).Should().BeFalse();

        destination.WrittenCount.Should().Be(0);
    }

    private static byte[] FileOf(byte[] ternary)
    {
        var destination = new ArrayBufferWriter<byte>();
        SealFiles.TryWriteSecretKey(ternary, Parameters, destination).Should().BeTrue();
        return destination.WrittenSpan.ToArray();
    }

    /// <summary>Four random coefficients a byte, each of them 0, 1 or 2 in two bits.</summary>
    private static byte[] Ternary(int seed)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, SealFiles.TernaryLength(Parameters.Degree)).Select(_ =>
            (byte)(random.Next(3) | (random.Next(3) << 2) | (random.Next(3) << 4) | (random.Next(3) << 6)))];
    }
}
