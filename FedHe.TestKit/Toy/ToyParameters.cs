using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.TestKit.Toy;

/// <summary>The toy scheme has a single parameter set, with 512 values per ciphertext and 24 fractional bits.</summary>
internal sealed class ToyParameters : HeParameters
{
    public const int LogScale = 24;

    private ToyParameters()
    {
    }

    public static ToyParameters Default { get; } = new();

    public override string SchemeName => ToyScheme.SchemeName;

    public override int ValuesPerCiphertext => 512;

    // A value is an integer modulo 2^64; one bit is the sign.
    public override double Capacity => Math.ScaleB(1, 63 - LogScale);

    public override SecurityLevel SecurityLevel => SecurityLevel.None;

    protected override void WritePayload(WireWriter writer) => writer.WriteString(SchemeName);
}
