using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

public sealed class RangeEncryptionTests
{
    [Fact]
    public void Create_ThatFailsHalfway_ZeroesTheRandomnessOfErrors()
    {
        // Guard: nobody has the object, so nobody else disposes what it has taken.
        KeyAdditiveParameters parameters = KeyAdditiveAttempt.ContextFor(3, 24).Parameters;
        using var stream = new Recorder();

        FluentActions.Invoking(() => new RangeEncryption(
            new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1), key: null!, new Streams(stream), position: 0, packed: null!)).Should().Throw<NullReferenceException>();

        stream.IsDisposed.Should().BeTrue();
    }

    private sealed class Streams(SecretStream stream) : SecretStreams
    {
        public override SecretStream Open() => stream;

        public override void Dispose()
        {
        }
    }

    private sealed class Recorder : SecretStream
    {
        public bool IsDisposed { get; private set; }

        public override void MoveTo(int item)
        {
        }

        public override void Fill(Span<byte> destination) => destination.Clear();

        public override void Dispose() => IsDisposed = true;
    }
}
