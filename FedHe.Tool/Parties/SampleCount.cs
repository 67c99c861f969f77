using System.Globalization;

namespace FedHe.Tool.Parties;

/// <summary>The number of samples of a client, as people write it in options, projects and kits.</summary>
internal static class SampleCount
{
    /// <summary>Reads a whole number above 0.</summary>
    public static bool TryParse(string? text, out long samples)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out samples) && samples > 0;
}
