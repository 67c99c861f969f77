using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>
/// The draw desk is the authority's part in a draw: it says who takes part, collects what the clients send, and passes it on when it is
/// complete. It decides nothing; whatever it changed would not verify.
/// </summary>
internal static class DrawDesk
{
    private const string Kind = "draw";

    public static int Run(PartyFolder authority, bool again, Report report)
    {
        if (authority.ReadState(StateFiles.Job) is not null)
        {
            throw ToolException.Refused("The job is described, with the members that it has. Draw for another job, in another folder.");
        }

        DrawLetter? known = DrawLetter.TryRead(authority.ReadState(StateFiles.Draw));
        DrawLetter letter = known is null || again ? Begin(authority, report) : Collect(authority, known, report);
        report.Set("draw", letter.DrawId.ToString()).Set("clients", letter.Roster.Clients.Select(client => client.Value)).Set("isComplete", letter.IsComplete);
        if (letter.IsComplete)
        {
            string[] order = [.. Order(letter).Select(client => client.Value)];
            Send(authority, letter, letter.Roster.Clients);
            report.Set("order", order).Line($"The clients drew this order: {string.Join(", ", order)}. The first of them become members.")
                .Line("It is in the outbox, for every client, who run 'fedhe keys draw' once more. Next here: 'fedhe keys job'.");
            return ExitCodes.Done;
        }

        IReadOnlyDictionary<ClientId, byte[]> here = letter.IsCommitted ? letter.Reveals : letter.Commitments;
        ClientId[] missing = [.. letter.Roster.Clients.Where(client => !here.ContainsKey(client))];
        Send(authority, letter, missing);
        report.Set("missing", missing.Select(client => client.Value));
        string what = letter.IsCommitted ? "the values" : "the commitments";
        string next = $"The letter of the draw is in the outbox of {string.Join(", ", missing.Select(client => client.Value))}: deliver it, run 'fedhe keys draw' there, deliver back, and run it here again.";
        if (known is null || again || missing.Length == letter.Roster.Clients.Count)
        {
            report.Line(next);
            return ExitCodes.Done;
        }

        throw ToolException.TryAgain($"{char.ToUpperInvariant(what[0])}{what[1..]} of {string.Join(", ", missing.Select(client => client.Value))} are missing. {next} "
            + "Where a client does not answer, take its card out of the inbox, and begin another draw without it, with --again.");
    }

    private static DrawLetter Begin(PartyFolder authority, Report report)
    {
        List<PartyCard> cards = [.. Cards.In(authority)];
        Dictionary<ClientId, VerificationKey> clients = Cards.ClientsOf(cards);
        if (clients.Count < 2)
        {
            throw ToolException.TryAgain($"The inbox has {clients.Count} cards of clients. Deliver the cards of all who are to take part.");
        }

        foreach (PartyCard card in cards.Where(card => card.Role == PartyRole.Client))
        {
            report.Line($"{card.Name}: {card.Fingerprint}");
        }

        var letter = new DrawLetter(Guid.NewGuid(), new ClientRoster(clients));
        authority.WriteState(StateFiles.Draw, letter.Write());
        return letter;
    }

    /// <summary>Adds what the clients sent. The first that a client sends counts, and what no client sent is put aside.</summary>
    private static DrawLetter Collect(PartyFolder authority, DrawLetter letter, Report report)
    {
        var commitments = new SortedDictionary<ClientId, byte[]>(letter.Commitments.ToDictionary());
        var reveals = new SortedDictionary<ClientId, byte[]>(letter.Reveals.ToDictionary());
        var taken = new List<InboxFile>();
        foreach (InboxFile file in authority.Inbox().Where(file => file.Info is null))
        {
            byte[] bytes = file.Read();
            if (CommitteeDraw.TryReadSender(letter.DrawId, letter.Roster, bytes, out ClientId client, out bool isReveal))
            {
                // A value that comes before all commitments are here is none that was asked for.
                if (!isReveal || letter.IsCommitted)
                {
                    (isReveal ? reveals : commitments).TryAdd(client, bytes);
                }

                taken.Add(file);
            }
            else if (PartyCard.TryRead(bytes) is null)
            {
                report.Line($"Refused, and put into the folder refused: {file.Name}");
                authority.SetAside(file);
            }
        }

        letter = letter with { Commitments = commitments, Reveals = reveals };
        authority.WriteState(StateFiles.Draw, letter.Write());
        taken.ForEach(authority.Done);
        return letter;
    }

    private static IReadOnlyList<ClientId> Order(DrawLetter letter)
    {
        try
        {
            return letter.Draw().Order;
        }
        catch (HeFormatException fault)
        {
            throw ToolException.Refused("What the clients showed is not what they had committed to, or they saw different commitments. Begin another draw with --again.", fault);
        }
    }

    private static void Send(PartyFolder authority, DrawLetter letter, IEnumerable<ClientId> recipients)
    {
        // Parts of a set are nobody's business before it is complete.
        byte[] bytes = (letter with
        {
            Commitments = letter.IsCommitted ? letter.Commitments : new Dictionary<ClientId, byte[]>(),
            Reveals = letter.IsComplete ? letter.Reveals : new Dictionary<ClientId, byte[]>(),
        }).Write();
        foreach (ClientId recipient in recipients)
        {
            authority.Send(recipient.Value, Kind, bytes);
        }
    }
}
