using System.Diagnostics;
using System.Globalization;

namespace FedHe.Orchestration.Tests.Host.Kills;

/// <summary>A kill point is a position within the handling of one frame.</summary>
/// <param name="Position">The position.</param>
/// <param name="Part">
/// The file that is being written, counted from 0, or the number of files on disk or of messages that have left; otherwise 0.
/// </param>
public sealed record KillPoint(KillPosition Position, int Part = 0)
{
    /// <summary>Reads a kill point from the text that <see cref="ToString"/> gave; null for the empty text.</summary>
    public static KillPoint? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(':') is [string position, string part]
            ? new KillPoint(Enum.Parse<KillPosition>(position), int.Parse(part, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>Ends this process with SIGKILL: nothing is flushed, disposed or handled.</summary>
    public static void EndProcess()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position}:{Part}");
}
