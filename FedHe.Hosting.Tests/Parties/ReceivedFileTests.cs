using System.Globalization;
using System.Net;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Parties;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Long messages to a party that has them in files, from a server that breaks them off or lies about them.</summary>
public sealed class ReceivedFileTests : IDisposable
{
    private const long Longest = 20L << 30;

    private readonly PartyFolder _folder = PartyFolder.Open(Directory.CreateTempSubdirectory("fedhe-received-").FullName);
    private readonly byte[] _message = new byte[ReceivedFiles.UsualInMemory + 12_345];

    public ReceivedFileTests() => new Random(7).NextBytes(_message);

    private string[] Files => Directory.GetFiles(_folder.PathOf("received"));

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_folder.Location, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1025)]
    [InlineData(3_000_000)]
    public async Task LongMessage_ThatBreaksOff_ComesToItsFileWhole(int broken)
    {
        await using WebApplication server = await ServeAsync(async context =>
        {
            long start = context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = _message.Length - start;
            if (context.Request.Headers.Range.Count > 0)
            {
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{_message.Length - 1}/{_message.Length}");
                await context.Response.Body.WriteAsync(_message.AsMemory((int)start));
                return;
            }

            await context.Response.Body.WriteAsync(_message.AsMemory(0, broken));
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using ServerLink link = LinkTo(server);

        ReceivedMessage? received = await link.ReceiveAsync(after: null, TimeSpan.Zero, default);

        received!.IsInFile.Should().BeTrue();
        received.Beginning.ToArray().Should().Equal(_message[..ReceivedFiles.BeginningLength]);
        byte[] read = new byte[_message.Length];
        await received.OpenRead().ReadExactlyAsync(read);
        read.Should().Equal(_message);
        Files.Should().ContainSingle();
        received.Dispose();
        Files.Should().BeEmpty();
    }

    /// <summary>A proxy that knows no ranges sends the whole message again.</summary>
    [Fact]
    public async Task LongMessage_WhoseRestCannotBeHadAlone_IsTakenAnew()
    {
        int requests = 0;
        await using WebApplication server = await ServeAsync(async context =>
        {
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = _message.Length;
            if (++requests == 1)
            {
                await context.Response.Body.WriteAsync(_message.AsMemory(0, 2_000_000));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            await context.Response.Body.WriteAsync(_message);
        });
        using ServerLink link = LinkTo(server);

        ReceivedMessage? received = await link.ReceiveAsync(after: null, TimeSpan.Zero, default);

        received!.ToArray().Should().Equal(_message);
        received.Dispose();
        requests.Should().Be(2);
    }

    [Fact]
    public async Task LongMessage_ToAPartyThatWantsShortOnes_IsPassedOver()
    {
        await using WebApplication server = await ServeAsync(async context =>
        {
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = 1L << 33;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using ServerLink link = LinkTo(server);
        link.LongestWanted = 1000;

        ReceivedMessage? received = await link.ReceiveAsync(after: null, TimeSpan.Zero, default);

        (received!.Id, received.Beginning.Length).Should().Be(("1", 0));
    }

    [Fact]
    public async Task LongMessage_ThatIsGoneWhenItIsGoneOnWith_LeavesNoFile()
    {
        await using WebApplication server = await ServeAsync(async context =>
        {
            if (context.Request.Headers.Range.Count > 0)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = _message.Length;
            await context.Response.Body.WriteAsync(_message.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using ServerLink link = LinkTo(server);

        (await link.ReceiveAsync(after: null, TimeSpan.Zero, default)).Should().BeNull();
        Files.Should().BeEmpty();
    }

    [Fact]
    public async Task Message_LongerThanTheJobCanHave_IsRefusedBeforeItTakesRoom()
    {
        await using WebApplication server = await ServeAsync(async context =>
        {
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = Longest + 1;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using ServerLink link = LinkTo(server);

        (await FluentActions.Awaiting(() => link.ReceiveAsync(after: null, TimeSpan.Zero, default)).Should().ThrowAsync<HostingException>())
            .Which.Error.Should().Be(HostingError.RequestRefused);
        Files.Should().BeEmpty();
    }

    [Fact]
    public void Open_DeletesWhatAnEarlierProcessLeft()
    {
        ReceivedFiles.Open(_folder, Longest);
        File.WriteAllText(_folder.PathOf("received/left"), "a part of a message");

        ReceivedFiles.Open(_folder, Longest);

        Files.Should().BeEmpty();
    }

    [Fact]
    public async Task ShortMessage_StaysInMemory()
    {
        await using WebApplication server = await ServeAsync(async context =>
        {
            context.Response.Headers["FedHe-Message"] = "1";
            context.Response.ContentLength = 5;
            await context.Response.Body.WriteAsync(_message.AsMemory(0, 5));
        });
        using ServerLink link = LinkTo(server);

        ReceivedMessage? received = await link.ReceiveAsync(after: null, TimeSpan.Zero, default);

        received!.ToArray().Should().Equal(_message[..5]);
        Files.Should().BeEmpty();
    }

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication server = builder.Build();
        server.Run(answer);
        await server.StartAsync();
        return server;
    }

    private ServerLink LinkTo(WebApplication server)
    {
        var options = new FedHePartyOptions { Server = new Uri(server.Urls.Single()), FirstRetry = TimeSpan.FromMilliseconds(1), LastRetry = TimeSpan.FromMilliseconds(10) };
        return new ServerLink(options, Guid.NewGuid(), "c1", token: null, TimeProvider.System, new LogList()) { Files = ReceivedFiles.Open(_folder, Longest) };
    }
}
