using System.Globalization;

namespace FedHe.Hosting.Connections;

/// <summary>
/// A mailbox cursor follows the messages of a mailbox. They are named LIFE-NUMBER: a server that restarts has another life, and a gap in the
/// numbers of one life says that messages were dropped.
/// </summary>
internal sealed class MailboxCursor
{
    private string _life = string.Empty;
    private long _number;

    /// <summary>The name of the last message, or null before the first.</summary>
    public string? Last { get; private set; }

    /// <summary>Moves to a message, and returns whether others were missed on the way.</summary>
    public bool MoveTo(string id)
    {
        int dash = id.LastIndexOf('-');
        string life = dash < 0 ? id : id[..dash];
        bool isNumber = long.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
        bool hasMissed = Last is not null && (life != _life || !isNumber || number != _number + 1);
        (_life, _number, Last) = (life, number, id);
        return hasMissed;
    }
}
