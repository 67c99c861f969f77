using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

/// <summary>Gives the same byte forever, as a generator does whose state was copied, and counts how often it is asked.</summary>
internal sealed class ConstantSource(byte value) : RandomSource
{
    public int Requests { get; private set; }

    public override void Fill(Span<byte> destination)
    {
        Requests++;
        destination.Fill(value);
    }
}
