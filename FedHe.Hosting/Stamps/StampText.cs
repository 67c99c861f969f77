using System.Globalization;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.Stamps;

/// <summary>The stamp of a state as a line of text, beside what belongs to the state and is not in it.</summary>
public static class StampText
{
    /// <summary>Writes a stamp as a line without its end.</summary>
    /// <param name="stamp">The stamp.</param>
    public static string Write(StateStamp stamp)
        => string.Create(CultureInfo.InvariantCulture, $"{stamp.Life} {stamp.LifeId:N} {stamp.Version} {stamp.Round} {stamp.Attempt}");

    /// <summary>Reads a line, or returns null where it is no stamp.</summary>
    /// <param name="line">The line; untrusted.</param>
    public static StateStamp? TryRead(string? line)
        => line?.Split(' ') is [string life, string id, string version, string round, string attempt]
            && int.TryParse(life, NumberStyles.None, CultureInfo.InvariantCulture, out int lives) && Guid.TryParseExact(id, "N", out Guid lifeId)
            && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long changes)
            && int.TryParse(round, NumberStyles.None, CultureInfo.InvariantCulture, out int inRound)
            && int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out int inAttempt)
            ? new StateStamp(lives, lifeId, changes, inRound, inAttempt)
            : null;
}
