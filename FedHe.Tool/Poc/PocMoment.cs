using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace FedHe.Tool.Poc;

/// <summary>A moment names a party and the round in which something happens to it, as <c>server@3</c>.</summary>
/// <param name="Party">The name of the party.</param>
/// <param name="Round">The round, from 1.</param>
internal sealed record PocMoment(string Party, int Round)
{
    /// <summary>Reads a moment.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PocMoment? moment)
    {
        int at = text.LastIndexOf('@');
        moment = at > 0 && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int round) && round > 0 ? new PocMoment(text[..at], round) : null;
        return moment is not null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Party}@{Round}");
}
