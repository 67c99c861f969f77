using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

public sealed class RoundTests
{
    [Fact]
    public async Task Rounds_FromCommandToCommand_GiveEveryClientTheConfirmedAverage()
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients)
        {
            await federation.UploadAsync(client);
        }

        ToolResult aggregated = await Fedhe.DoAsync("aggregate", federation["server"], "--json");
        aggregated.Json.GetProperty("aggregatedRound").GetInt32().Should().Be(1);
        aggregated.Json.GetProperty("contributors").EnumerateArray().Select(one => one.GetString()).Should().BeEquivalentTo(Federation.Clients);
        await federation.DeliverFromServerAsync();
        federation.Files("c1/inbox", "*invitation*").Should().BeEmpty("'round open' writes invitations, when the clients are past the round before");
        foreach (string client in Federation.Clients)
        {
            ToolResult opened = await Fedhe.DoAsync("decrypt", federation[client], "--json");
            opened.Json.GetProperty("release").GetString().Should().Be("Unconfirmed");
            string path = opened.Json.GetProperty("model").GetString()!;
            path.Should().EndWith("round-000001.unconfirmed.safetensors");
            ShouldBeTheAverage(path, opened.Json.GetProperty("largestError").GetDouble());
            (await Fedhe.RunAsync(["confirm", federation[client]])).ExitCode.Should().Be(ExitCodes.TryAgain, "no signatures are here yet");
            await federation.DeliverToServerAsync(client);
        }

        await Fedhe.DoAsync("confirm", federation["server"]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await Fedhe.DoAsync("confirm", federation[client], "--out", federation["out.safetensors"]);
            ShouldBeTheAverage(federation["out.safetensors"], 1e-5);
            federation.Files($"{client}/model").Should().Equal("round-000000.safetensors", "round-000001.safetensors");
            await federation.DeliverToServerAsync(client);
        }

        ToolResult second = await Fedhe.DoAsync("round", "open", federation["server"], "--json");
        second.Json.GetProperty("round").GetInt32().Should().Be(2);
        second.Json.GetProperty("invited").EnumerateArray().Should().HaveCount(4);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await federation.UploadAsync(client);
        }

        await Fedhe.DoAsync("aggregate", federation["server"]);
        await federation.DeliverFromServerAsync();
        await Fedhe.DoAsync("decrypt", federation["c1"]);
        (await Fedhe.DoAsync("inspect", federation["server"], "--json")).Json.GetProperty("role").GetString().Should().Be("Server");
    }

    [Fact]
    public async Task Round_WithoutAClient_IsClosedOnDemandAndTheClientIsBackInTheNextOne()
    {
        using Federation federation = await Federation.InvitedAsync();
        foreach (string client in Federation.Clients[..2])
        {
            await federation.UploadAsync(client);
        }

        ToolResult waiting = await Fedhe.RunAsync(["aggregate", federation["server"], "--now", "--json"]);
        waiting.ExitCode.Should().Be(ExitCodes.TryAgain, "two uploads are no quorum");
        waiting.Json.GetProperty("missing").EnumerateArray().Select(one => one.GetString()).Should().Equal("c3", "c4");
        await federation.UploadAsync("c3");
        (await Fedhe.RunAsync(["aggregate", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        await Fedhe.DoAsync("aggregate", federation["server"], "--now");
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await Fedhe.DoAsync("decrypt", federation[client]);
            await federation.DeliverToServerAsync(client);
        }

        await Fedhe.DoAsync("confirm", federation["server"]);
        await federation.DeliverFromServerAsync();
        foreach (string client in Federation.Clients)
        {
            await Fedhe.DoAsync("confirm", federation[client]);
            await federation.DeliverToServerAsync(client);
        }

        await Fedhe.DoAsync("round", "open", federation["server"]);
        await federation.DeliverFromServerAsync();
        await federation.UploadAsync("c4");
    }

    [Fact]
    public async Task RoundOpen_WithoutEnoughAnnouncements_SaysWhoIsMissingAndTakesNothing()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        foreach (string file in federation.Files("server/inbox").Where(name => name[..2] is "c3" or "c4"))
        {
            File.Move(Path.Combine(federation["server/inbox"], file), federation[file]);
        }

        ToolResult waiting = await Fedhe.RunAsync(["round", "open", federation["server"], "--now", "--json"]);
        waiting.ExitCode.Should().Be(ExitCodes.TryAgain);
        waiting.Json.GetProperty("missing").EnumerateArray().Select(one => one.GetString()).Should().Equal("c3", "c4");
        federation.Files("server/inbox").Should().HaveCount(2);
        string third = Directory.GetFiles(federation.Location, "c3-*").Single();
        File.Move(third, Path.Combine(federation["server/inbox"], Path.GetFileName(third)));
        (await Fedhe.RunAsync(["round", "open", federation["server"]])).ExitCode.Should().Be(ExitCodes.TryAgain);
        (await Fedhe.DoAsync("round", "open", federation["server"], "--now", "--json")).Json.GetProperty("invited").EnumerateArray().Should().HaveCount(3);
    }

    [Fact]
    public async Task Messages_CopiedAgainAndAgain_AreHandledOnce()
    {
        using Federation federation = await Federation.AnnouncedAsync();
        await Fedhe.DoAsync("round", "open", federation["server"]);
        string outbox = federation["server/outbox/c1"];
        foreach (int time in new[] { 1, 2 })
        {
            foreach (string file in Directory.GetFiles(outbox))
            {
                File.Copy(file, Path.Combine(federation["c1/inbox"], Path.GetFileName(file)), overwrite: true);
            }

            ToolResult trained = await Fedhe.RunAsync(["encrypt", federation["c1"], "--model", SmallModel.Write(federation["m.safetensors"], 1, 1)]);
            trained.ExitCode.Should().Be(time == 1 ? ExitCodes.Done : ExitCodes.TryAgain);
            federation.Files("c1/inbox").Should().BeEmpty();
        }

        federation.Files("c1/outbox/server", "*upload*").Should().ContainSingle();
    }

    private static void ShouldBeTheAverage(string path, double error)
    {
        (double first, double second, long steps) = SmallModel.Read(path);
        first.Should().BeApproximately(2.5, error);
        second.Should().BeApproximately(-1.25, error);
        steps.Should().Be(7, "what is not averaged stays as it was");
    }
}
