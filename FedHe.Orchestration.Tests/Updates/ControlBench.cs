using FedHe.Orchestration.Client;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>What tests of jobs with control terms do with a bench.</summary>
internal static class ControlBench
{
    public static Task<TestBench> CreateAsync(int rounds, ISecretProtector? protector = null)
        => CreateAsync(ControlFixture.Options with { Rounds = rounds, Protector = protector });

    public static async Task<TestBench> CreateAsync(BenchOptions options)
    {
        TestBench bench = await TestBench.CreateAsync(options);
        ControlFixture.Use(bench.Trainers);
        return bench;
    }

    /// <summary>Lets a client ask for the latest sum, and carries what it and the server say to that.</summary>
    public static async Task CatchUpAsync(TestBench bench, FederationClient client)
    {
        var toClient = new Queue<OutgoingMessage>(bench.Server.Receive(client.AskForLatest()));
        while (toClient.TryDequeue(out OutgoingMessage message))
        {
            foreach (ReadOnlyMemory<byte> answer in await client.ReceiveAsync(message.Bytes))
            {
                bench.Server.Receive(answer).Where(one => one.Recipient == client.Client).ToList().ForEach(toClient.Enqueue);
            }
        }
    }

    /// <summary>An announcement by which a client withdraws, with no proof.</summary>
    public static byte[] Withdrawal(TestBench bench, int index)
        => MessageFormat.WriteSigned(
            new Announcement(bench.JobId, bench.Clients[index].Client, bench.Job.Digest, bench.Job.Terms.Mask.Digest, Weight: 1, IsCapped: false, ModelRound: 0, Proof: default) { IsWithdrawn = true },
            bench.Context.ParametersId,
            bench.Identities[index]);

    /// <summary>Delivers uploads to the server, its sums to the clients and their answers to the server, and returns what it sends then.</summary>
    /// <param name="bench">The bench.</param>
    /// <param name="uploads">The uploads.</param>
    /// <param name="mayWait">Whether the deadline passes where the round does not close behind the uploads.</param>
    public static async Task<List<OutgoingMessage>> OpenAsync(TestBench bench, IEnumerable<ReadOnlyMemory<byte>> uploads, bool mayWait = true)
    {
        List<OutgoingMessage> sent = [.. uploads.SelectMany(upload => bench.Server.Receive(upload))];
        if (!sent.Any(message => message.Kind == MessageKind.Aggregate))
        {
            mayWait.Should().BeTrue("the round closes behind the last of these uploads");
            bench.Time.Pass(TestBench.Deadline);
            sent.AddRange(bench.Server.MoveOn());
        }

        foreach (OutgoingMessage sum in sent.Where(message => message.Kind == MessageKind.Aggregate).ToArray())
        {
            foreach (ReadOnlyMemory<byte> answer in (await bench.ClientOf(sum).HandleAsync(sum.Bytes)).Messages)
            {
                sent.AddRange(bench.Server.Receive(answer));
            }
        }

        return [.. sent, .. bench.Server.MoveOn()];
    }
}
