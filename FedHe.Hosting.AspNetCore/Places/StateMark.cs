using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;

namespace FedHe.Hosting.AspNetCore.Places;

/// <summary>A state mark in a folder or a store says that the server of the job is elsewhere, so that no server begins the job anew there, or goes on from a copy.</summary>
/// <remarks>The first line of the file is the other place. While a server is moved there is a second one, with the side and the name of the move.</remarks>
/// <param name="Place">The place that has the state.</param>
/// <param name="Side">What the place with the mark is to a move.</param>
/// <param name="Move">The name of the move, which both of its places have.</param>
internal sealed record StateMark(string Place, MoveSide Side = MoveSide.None, Guid Move = default)
{
    // A text of another program is a mark as well, for good.
    private static readonly Dictionary<string, MoveSide> Sides = new(StringComparer.Ordinal) { ["in"] = MoveSide.Target, ["out"] = MoveSide.Source };

    /// <summary>Reads the mark of a place, or returns null where it has none.</summary>
    public static StateMark? TryRead(IServerStore store)
    {
        if (store.TryRead(PartyFiles.StateElsewhere) is not byte[] bytes)
        {
            return null;
        }

        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        return TryReadMove(lines, out MoveSide side, out Guid move) ? new StateMark(lines[0], side, move) : new StateMark(lines[0]);
    }

    /// <summary>Writes the mark. It is on the disk when the store is committed, which a folder always is.</summary>
    public void Write(IServerStore store)
    {
        string move = Side == MoveSide.None ? string.Empty : $"{Sides.First(side => side.Value == Side).Key} {Move:N}\n";
        store.Replace(PartyFiles.StateElsewhere, Encoding.UTF8.GetBytes($"{Place}\n{move}"));
    }

    private static bool TryReadMove(string[] lines, out MoveSide side, out Guid move)
    {
        (side, move) = (MoveSide.None, default);
        return lines.Length > 1 && lines[1].Split(' ') is [string word, string name] && Sides.TryGetValue(word, out side) && Guid.TryParseExact(name, "N", out move);
    }
}
