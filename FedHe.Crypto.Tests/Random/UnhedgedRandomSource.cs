using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

/// <summary>Hands its bytes out in order and takes nothing else, as all randomness did before it was hedged.</summary>
internal abstract class UnhedgedRandomSource : EncryptionRandomSource
{
    public override void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default) => Fill(destination);

    public override SecretStreams DrawSecret(
        ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, ReadOnlySpan<byte> context = default) => new Streams(this);

    private sealed class Streams(RandomSource random) : SecretStreams
    {
        public override SecretStream Open() => new Stream(random);

        public override void Dispose()
        {
        }
    }

    private sealed class Stream(RandomSource random) : SecretStream
    {
        public override void MoveTo(int item)
        {
        }

        public override void Fill(Span<byte> destination) => random.Fill(destination);

        public override void Dispose()
        {
        }
    }
}
