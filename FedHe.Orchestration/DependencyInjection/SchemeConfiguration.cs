using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>
/// Reads the scheme of a federation and its parameters from configuration. It does for configuration what the <c>Use...</c> methods
/// do for code, and names schemes like them.
/// </summary>
internal static class SchemeConfiguration
{
    private const string Ckks = "Ckks";
    private const string ExactCkks = "ExactCkks";
    private const string Paillier = "Paillier";
    private const string InsecurePlain = "InsecurePlain";
    private const string PrecisionBits = "PrecisionBits";
    private const string LargestTotalWeight = "LargestTotalWeight";
    private const int LargestPrecisionBits = 32;
    private const long LargestWeight = 1L << 32;

    /// <summary>Chooses the scheme that the configuration names; where it names none, the host's code does.</summary>
    public static void Read(ConfigurationReader reader, FederationOptions options)
    {
        string? scheme = reader.ReadChoice(nameof(FederationOptions.Scheme), Ckks, ExactCkks, Paillier, InsecurePlain);
        ConfigurationReader parameters = reader.ReadSection(nameof(FederationOptions.Parameters));
        try
        {
            switch (scheme)
            {
                case Ckks:
                    options.Choose(new CkksScheme(), ReadCkks(parameters));
                    break;
                case ExactCkks:
                    options.Choose(new CkksScheme(), ReadExactCkks(parameters));
                    break;
                case Paillier:
                    options.Choose(new PaillierScheme(), ReadPaillier(parameters));
                    break;
                case InsecurePlain:
                    options.Choose(new InsecurePlainScheme(), InsecurePlainParameters.Default);
                    break;
                default:
                    RefuseParametersOfNoScheme(reader, parameters);
                    return;
            }
        }
        catch (HeParameterException exception)
        {
            parameters.AddFault($"cannot work: {exception.Message.TrimEnd('.')}");
        }

        parameters.RefuseOtherKeys();
    }

    private static void RefuseParametersOfNoScheme(ConfigurationReader reader, ConfigurationReader parameters)
    {
        // Those of a misspelled scheme may be right: one fault at a time.
        if (reader.Has(nameof(FederationOptions.Parameters)) && !reader.Has(nameof(FederationOptions.Scheme)))
        {
            parameters.AddFault($"belongs to no scheme; name it in '{nameof(FederationOptions.Scheme)}' beside it");
        }
    }

    private static CkksParameters? ReadCkks(ConfigurationReader reader)
    {
        const string Preset = "Preset";
        string? preset = reader.ReadChoice(Preset, nameof(CkksParameters.Aggregation), nameof(CkksParameters.PaperDefault));
        long? weight = reader.ReadNumber(LargestTotalWeight, 1, LargestWeight);
        if (preset is not null && weight is not null)
        {
            reader.AddFault($"has both {Preset} and {LargestTotalWeight}; choose one of them");
        }

        return weight is long largest ? CkksParameters.ForTotalWeight(largest)
            : preset == nameof(CkksParameters.PaperDefault) ? CkksParameters.PaperDefault
            : CkksParameters.Aggregation;
    }

    private static CkksParameters? ReadExactCkks(ConfigurationReader reader)
    {
        long? bits = reader.ReadRequiredNumber(PrecisionBits, 2, LargestPrecisionBits);
        long? weight = reader.ReadRequiredNumber(LargestTotalWeight, 1, LargestWeight);
        string? traffic = reader.ReadChoice("Traffic", Enum.GetNames<CkksTraffic>());
        return bits is null || weight is null
            ? null
            : CkksParameters.ForExactIntegers(
                (int)bits, weight.Value, traffic is null ? CkksTraffic.SeedLists : Enum.Parse<CkksTraffic>(traffic));
    }

    private static PaillierParameters? ReadPaillier(ConfigurationReader reader)
    {
        PaillierParameters standard = PaillierParameters.Default;
        long? weight = reader.ReadNumber(LargestTotalWeight, 1, LargestWeight);
        long? bits = reader.ReadNumber(PrecisionBits, 2, LargestPrecisionBits);
        string? keyBits = reader.ReadChoice("KeyBits", "2048", "3072", "4096");
        return PaillierParameters.Create(
            weight ?? standard.LargestTotalWeight,
            (int)(bits ?? standard.PrecisionBits),
            keyBits is null ? standard.KeyBits : int.Parse(keyBits, CultureInfo.InvariantCulture));
    }
}
