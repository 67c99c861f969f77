using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary>Says which epoch a party is in, and what it waits for.</summary>
internal static class EpochReport
{
    /// <summary>Writes the epoch of the server, and what becomes of a plan that was proposed to it.</summary>
    public static void Write(ServerParty server, Report report)
    {
        if (server.Job.Committee is null)
        {
            return;
        }

        report.Set("epoch", server.Job.EpochNumber).Set("clients", server.Job.Roster.Clients.Select(client => client.Value))
            .Set("members", server.Job.Committee.Members.Select(member => member.Value));
        foreach (int begun in server.Begun)
        {
            report.Line($"Epoch {begun} has begun: clients {string.Join(", ", server.Job.Roster.Clients)}; members {string.Join(", ", server.Job.Committee.Members)}. Its certificate is in the outbox, for the "
                + "authority and every client. Clients that stay ask the authority for its group key ('fedhe epoch enter'), those that join take the job ('fedhe keys join').");
        }

        if (server.OpenPlan is EpochPlan plan && server.Server.Outcome is null)
        {
            report.Set("plannedEpoch", plan.Number).Line(server.Server.Phase == ServerPhase.Renewing
                ? $"The committee votes for epoch {plan.Number}: 'fedhe answer' at its members."
                : $"The plan of epoch {plan.Number} is here. Members vote for it after the sum of round {server.Server.Round}.");
        }
    }

    /// <summary>Writes the epoch of a client, where it has changed or the client lacks its key.</summary>
    public static void Write(ClientParty client, Report report)
    {
        if (client.Job.Committee is null)
        {
            return;
        }

        report.Set("epoch", client.Job.EpochNumber).Set("needsKeys", client.Client.NeedsKeys).Set("hasLeft", client.HasLeft);
        if (client.Written.Contains(MessageKind.EpochVote))
        {
            report.Line("In the outbox, for the server: the vote for the next epoch. Until that begins, or a later sum is here, the member takes part in no round.");
        }

        if (client.HasLeft)
        {
            report.Line(LeftText(client));
        }
        else if (client.Client.NeedsKeys)
        {
            report.Line($"Epoch {client.Job.EpochNumber} has begun, and this client lacks its group key. {NeedsKeysText}");
        }
        else if (client.Job.EpochNumber > client.EpochBefore)
        {
            report.Line($"Epoch {client.Job.EpochNumber} has begun.");
        }
    }

    /// <summary>Throws where a client lacks the key of its epoch, without which it takes part in no round.</summary>
    public static void RequireKeys(ClientParty client)
    {
        if (client.Client.NeedsKeys)
        {
            throw ToolException.TryAgain($"This client lacks the group key of epoch {client.Job.EpochNumber}. {NeedsKeysText}");
        }
    }

    /// <summary>Says how a client ended that is on the roster no more.</summary>
    public static string LeftText(ClientParty client)
        => $"This client has left the job: it is not on the roster of epoch {client.Job.EpochNumber}, and keeps the model of round {client.Client.ModelRound}. Nothing more is asked of it.";

    private const string NeedsKeysText = "The request is in the outbox, for the authority: deliver it, run 'fedhe keys grant' there, deliver back, and run 'fedhe keys open' here.";
}
