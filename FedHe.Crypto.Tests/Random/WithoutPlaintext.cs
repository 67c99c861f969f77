using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

/// <summary>Leaves the plaintext out of secret draws: the guard that the attacks of the tests meet, switched off.</summary>
internal sealed class WithoutPlaintext(EncryptionRandomSource random) : EncryptionRandomSource
{
    public override void Fill(Span<byte> destination) => random.Fill(destination);

    public override void FillPublic(Span<byte> destination, ReadOnlySpan<byte> publicContext = default)
        => random.FillPublic(destination, publicContext);

    public override SecretStreams DrawSecret(
        ReadOnlySpan<byte> plaintext, int maxDegreeOfParallelism, ReadOnlySpan<byte> context = default)
        => random.DrawSecret([], maxDegreeOfParallelism, context);
}
