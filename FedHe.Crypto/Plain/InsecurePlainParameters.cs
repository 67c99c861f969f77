using System.Globalization;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Plain;

/// <summary>
/// These parameters are the only ones of <see cref="InsecurePlainScheme"/>: 4096 values per ciphertext and 32
/// fractional bits.
/// </summary>
public sealed class InsecurePlainParameters : HeParameters
{
    internal const string Name = "plain-insecure";
    internal const int LogScale = 32;
    private const int LogCapacity = 62 - LogScale;

    private InsecurePlainParameters()
    {
    }

    /// <summary>The only parameter set of the scheme.</summary>
    public static InsecurePlainParameters Default { get; } = new();

    /// <inheritdoc/>
    public override string SchemeName => Name;

    /// <inheritdoc/>
    public override string Encoding => string.Create(CultureInfo.InvariantCulture, $"{LogScale} fractional bits, in clear");

    /// <inheritdoc/>
    public override int ValuesPerCiphertext => 4096;

    /// <inheritdoc/>
    public override double Capacity => Math.ScaleB(1, LogCapacity);

    /// <inheritdoc/>
    public override SecurityLevel SecurityLevel => SecurityLevel.None;

    /// <inheritdoc/>
    protected override void WritePayload(WireWriter writer) => writer.WriteString(Name);
}
