using System.CommandLine;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The names of the modes, as options and results write them.</summary>
internal static class RoundModes
{
    private const string Direct = "direct";
    private const string RoundKeys = "round-keys";

    public static Option<string> Option() => CommandOptions.Choice("--mode", "What models are encrypted under.", RoundKeys, [RoundKeys, Direct]);

    public static RoundMode Of(string? name) => name == Direct ? RoundMode.Direct : RoundMode.RoundKeys;

    public static string NameOf(RoundMode mode) => mode == RoundMode.Direct ? Direct : RoundKeys;
}
