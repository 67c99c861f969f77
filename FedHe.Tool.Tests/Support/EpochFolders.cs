using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Tests.Support;

/// <summary>
/// Steps of the change of an epoch in the folders of a federation with a committee: c1 to c4 are its clients and all of them members, and c5 is one that would join.
/// </summary>
internal static class EpochFolders
{
    private static readonly Lazy<Task<CommitteeFolders>> Prepared = new(PrepareAsync);

    private static readonly Lazy<Task<CommitteeFolders>> PreparedOffer = new(PrepareOfferAsync);

    /// <summary>Copies a job of four rounds after its first one, with the announcements for the second one at the server, and the card of c5 at the authority.</summary>
    public static async Task<CommitteeFolders> AfterRoundOneAsync() => (await Prepared.Value).Copy();

    /// <summary>As <see cref="AfterRoundOneAsync"/>, where c5 is to join and c2 to leave, and the offer of the plan is in the inboxes of the members.</summary>
    public static async Task<CommitteeFolders> OfferedAsync() => (await PreparedOffer.Value).Copy();

    /// <summary>Plans an epoch; clients that join are named with the fingerprints of their cards, where each has one card.</summary>
    public static Task<ToolResult> PlanAsync(this CommitteeFolders folders, params string[] options)
        => Fedhe.RunAsync(["epoch", "plan", folders["authority"], .. options.Select((option, index) => index > 0 && options[index - 1] == "--join" ? folders.Compared(option) : option)]);

    /// <summary>Returns NAME=FINGERPRINT where the authority has one card of a client, and otherwise its name alone.</summary>
    public static string Compared(this CommitteeFolders folders, string client)
    {
        PartyCard[] cards = [.. folders.Files("authority/inbox").Select(file => PartyCard.TryRead(File.ReadAllBytes(folders[$"authority/inbox/{file}"]))).OfType<PartyCard>().Where(card => card.Name == client)];
        return cards.Length == 1 ? $"{client}={cards[0].Fingerprint.Replace(" ", string.Empty, StringComparison.Ordinal)}" : client;
    }

    public static Task<ToolResult> ProposeAsync(this CommitteeFolders folders, params string[] options) => Fedhe.RunAsync(["epoch", "propose", folders["server"], .. options]);

    /// <summary>Plans an epoch, and delivers the plan.</summary>
    public static async Task PlanAndDeliverAsync(this CommitteeFolders folders, params string[] options)
    {
        ToolResult plan = await folders.PlanAsync(options);
        plan.ExitCode.Should().Be(ExitCodes.Done, plan.Errors);
        await Fedhe.DoAsync("deliver", folders["authority"], folders["server"], folders["c5"]);
    }

    /// <summary>Lets all members vote, and begins the epoch.</summary>
    public static async Task VoteAsync(this CommitteeFolders folders)
    {
        (await folders.UntilCommitteeAsync(["epoch", "propose"], "c1", "c2", "c3", "c4")).Should().Be(1);
        await folders.FromServerToAllAsync();
    }

    public static Task<ToolResult> FromServerToAllAsync(this CommitteeFolders folders)
        => Fedhe.DoAsync("deliver", folders["server"], folders["authority"], folders["c1"], folders["c2"], folders["c3"], folders["c4"], folders["c5"]);

    /// <summary>Lets clients enter the epoch and get its key, and those join that are in no job yet.</summary>
    public static async Task EnterAsync(this CommitteeFolders folders, params string[] clients)
    {
        foreach (string client in clients)
        {
            await (!File.Exists(folders[$"{client}/state/job.fedhe"])
                ? Fedhe.DoAsync("keys", "join", folders[client], "--expect", File.ReadAllText(folders["authority/job.digest"]))
                : Fedhe.DoAsync("epoch", "enter", folders[client]));
            await Fedhe.DoAsync("deliver", folders[client], folders["authority"]);
        }

        await Fedhe.DoAsync("keys", "grant", folders["authority"]);
        foreach (string client in clients)
        {
            await Fedhe.DoAsync("deliver", folders["authority"], folders[client]);
            await Fedhe.DoAsync("keys", "open", folders[client]);
            await folders.ToServerAsync(client);
        }
    }

    /// <summary>Runs a round in which some clients train the numbers 1, 2, ... and all of <see cref="CommitteeFolders.Clients"/> open the average.</summary>
    public static async Task RunRoundAsync(this CommitteeFolders folders, int round, string[] members, params string[] trainers)
    {
        await folders.UntilCommitteeAsync(["round", "open"], members);
        await folders.FromServerAsync();
        int number = 0;
        foreach (string client in trainers)
        {
            number++;
            await Fedhe.DoAsync("encrypt", folders[client], "--model", SmallModel.Write(folders[$"{client}.safetensors"], number, -number));
            await folders.ToServerAsync(client);
        }

        await folders.UntilCommitteeAsync(["aggregate"], members);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            ToolResult opened = await Fedhe.DoAsync("decrypt", folders[client], "--json");
            opened.Json.GetProperty("modelRound").GetInt32().Should().Be(round);
            SmallModel.Read(opened.Json.GetProperty("model").GetString()!).First.Should().BeApproximately((number + 1) / 2.0, opened.Json.GetProperty("largestError").GetDouble());
            await folders.ToServerAsync(client);
        }
    }

    private static async Task<CommitteeFolders> PrepareAsync()
    {
        CommitteeFolders made = await CommitteeFolders.WithCardsAsync(4);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
        (await made.DescribeJobAsync("--rounds", "4")).ExitCode.Should().Be(ExitCodes.Done);
        await made.JoinAsync();
        await made.RunRoundAsync(1);
        await Fedhe.DoAsync("keys", "client", made["c5"], "c5", "--samples", "100");
        await Fedhe.DoAsync("deliver", made["c5"], made["authority"]);
        return made;
    }

    private static async Task<CommitteeFolders> PrepareOfferAsync()
    {
        CommitteeFolders made = await AfterRoundOneAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
        await made.PlanAndDeliverAsync("--join", "c5", "--leave", "c2");
        ToolResult offered = await made.ProposeAsync();
        offered.ExitCode.Should().Be(ExitCodes.TryAgain, offered.Errors);
        await made.FromServerAsync();
        return made;
    }
}
