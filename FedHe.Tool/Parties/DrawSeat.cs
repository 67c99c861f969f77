using FedHe.Crypto.Errors;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>
/// The draw seat is a client's part in a draw. It commits to a value, shows it when all clients have committed, and only for one set of
/// commitments; at the end it keeps the draw, to hold the job against it.
/// </summary>
internal static class DrawSeat
{
    public static int Run(PartyFolder folder, FolderSecrets protector, bool again, Report report)
    {
        using ClientIdentity identity = ClientParty.LoadIdentity(folder, protector);
        (DrawLetter letter, List<InboxFile> files) = Find(folder, identity);
        report.Set("draw", letter.DrawId.ToString()).Set("clients", letter.Roster.Clients.Select(client => client.Value)).Set("isComplete", letter.IsComplete);
        if (folder.ReadState(StateFiles.Job) is not null)
        {
            throw ToolException.Refused("This folder is in a job already, and takes part in no other draw.");
        }

        byte[]? saved = folder.ReadState(StateFiles.DrawTicket);
        if (!letter.IsComplete)
        {
            Answer(folder, protector, identity, letter, saved, again, report);
        }
        else
        {
            Keep(folder, letter, report);
        }

        files.ForEach(folder.Done);
        return ExitCodes.Done;
    }

    /// <summary>Finds the newest letter about this client, the most complete one where several are of one draw.</summary>
    private static (DrawLetter Letter, List<InboxFile> Files) Find(PartyFolder folder, ClientIdentity identity)
    {
        var letters = new List<(DrawLetter Letter, InboxFile File)>();
        foreach (InboxFile file in folder.Inbox().Where(file => file.Info is null))
        {
            if (DrawLetter.TryRead(file.Read()) is DrawLetter letter)
            {
                letters.Add((letter, file));
            }
        }

        if (letters.Count == 0)
        {
            throw ToolException.TryAgain("No letter of a draw is in the inbox. Deliver it from the authority, where 'fedhe keys draw' begins one.");
        }

        DrawLetter newest = letters[^1].Letter;
        return newest.Roster.TryGetKey(identity.Client, out VerificationKey? key) && key.Equals(identity.VerificationKey)
            ? (newest, [.. letters.Select(one => one.File)])
            : throw ToolException.Refused($"The draw does not have {identity.Client} with this client's key. The authority was given a wrong card, or none.");
    }

    private static void Answer(PartyFolder folder, FolderSecrets protector, ClientIdentity identity, DrawLetter letter, byte[]? saved, bool again, Report report)
    {
        using DrawTicket? known = saved is null ? null : TryLoad(saved, protector, letter, identity);
        if (saved is not null && known is null && !again)
        {
            throw ToolException.Refused(
                "This client has committed itself in another draw. Who begins draws until one of them pleases chooses the members: ask why this is another one, and take part with --again.");
        }

        if (known is null)
        {
            using var ticket = new DrawTicket(letter.DrawId, letter.Roster, identity);
            folder.WriteState(StateFiles.DrawTicket, SavedBytes.Of(bytes => ticket.Save(bytes, protector)));
            Commit(folder, ticket, report);
        }
        else if (!letter.IsCommitted)
        {
            Commit(folder, known, report);
        }
        else
        {
            ReadOnlyMemory<byte> reveal = Reveal(known, letter);
            folder.WriteState(StateFiles.DrawTicket, SavedBytes.Of(bytes => known.Save(bytes, protector)));
            folder.Send(PartyFolder.AuthorityName, "drawvalue", reveal.Span);
            report.Set("sent", "value").Line("All clients have committed to their values. This client's value is in the outbox, for the authority.");
        }
    }

    private static void Commit(PartyFolder folder, DrawTicket ticket, Report report)
    {
        folder.Send(PartyFolder.AuthorityName, "drawcommitment", ticket.Commitment.Span);
        report.Set("sent", "commitment").Line("The client's commitment is in the outbox, for the authority. Next: 'fedhe keys draw' there, and here again.");
    }

    private static ReadOnlyMemory<byte> Reveal(DrawTicket ticket, DrawLetter letter)
    {
        try
        {
            return ticket.Reveal(letter.Commitments.Values.Select(bytes => (ReadOnlyMemory<byte>)bytes));
        }
        catch (HeFormatException fault)
        {
            throw ToolException.Refused(
                "The commitments are not those of all clients, or not those that this client showed its value for before: its value is not shown. Ask the authority for the letter again.", fault);
        }
    }

    private static DrawTicket? TryLoad(byte[] saved, FolderSecrets protector, DrawLetter letter, ClientIdentity identity)
    {
        try
        {
            DrawTicket ticket = DrawTicket.Load(saved, protector, letter.Roster, identity);
            if (ticket.DrawId == letter.DrawId)
            {
                return ticket;
            }

            ticket.Dispose();
            return null;
        }
        catch (HeFormatException fault) when (fault.Error != FormatError.AuthenticationFailed)
        {
            return null;
        }
    }

    private static void Keep(PartyFolder folder, DrawLetter letter, Report report)
    {
        try
        {
            string[] order = [.. letter.Draw().Order.Select(client => client.Value)];
            folder.WriteState(StateFiles.Draw, letter.Write());
            report.Set("order", order).Line($"The clients drew this order: {string.Join(", ", order)}. 'fedhe keys join' holds the job against it.");
        }
        catch (HeFormatException fault)
        {
            throw ToolException.Refused("The draw does not verify: something in it is missing, changed, or not what its client committed to. Ask the authority for it again.", fault);
        }
    }
}
