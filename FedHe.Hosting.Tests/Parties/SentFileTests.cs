using System.Globalization;
using System.Net;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Parties;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Uploads that are sent from files.</summary>
public sealed class SentFileTests : IAsyncLifetime, IDisposable
{
    private readonly TransferBench _bench = new();
    private readonly string _path = Path.GetTempFileName();
    private readonly List<byte> _arrived = [];
    private WebApplication? _server;
    private int _chunkLength;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(TakeAsync);
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server!.DisposeAsync();

    public void Dispose()
    {
        _bench.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public async Task Upload_InAFile_IsSentAsTheOneInMemory()
    {
        byte[] upload = _bench.Message("c1", 50_000);
        await File.WriteAllBytesAsync(_path, upload);
        using ServerLink link = Link();

        (await link.PostAsync(SentBytes.Of(upload.Length, () => File.OpenRead(_path)), recipient: null, default)).Should().BeTrue();

        _arrived.Should().Equal(upload);
        _chunkLength.Should().Be(TransferHead.MinChunkLength);
    }

    /// <summary>A local failure is not one of the connection, which would be tried again for ever.</summary>
    [Fact]
    public async Task Upload_WhoseFileFailsMeanwhile_EndsTheAttempts()
    {
        byte[] upload = _bench.Message("c1", 50_000);
        await File.WriteAllBytesAsync(_path, upload);
        int opened = 0;
        using ServerLink link = Link();

        Func<Task> sending = () => link.PostAsync(
            SentBytes.Of(upload.Length, () => ++opened < 3 ? File.OpenRead(_path) : throw new IOException("The disk is gone.")), recipient: null, default);

        (await sending.Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.FileRefused);
    }

    /// <summary>A message may have 65,536 chunks at most.</summary>
    [Fact]
    public async Task Upload_OfTooManyChunks_HasLongerOnes()
    {
        const long Length = (TransferHead.MinChunkLength * (long)TransferHead.MaxChunks) + 1;
        byte[] beginning = _bench.Message("c1", 50_000);
        await using (FileStream file = File.OpenWrite(_path))
        {
            file.Write(beginning);
            file.SetLength(Length);
        }

        using ServerLink link = Link();
        await link.PostAsync(SentBytes.Of(Length, () => File.OpenRead(_path)), recipient: null, default);

        _chunkLength.Should().Be(2 * TransferHead.MinChunkLength);
    }

    private ServerLink Link()
    {
        var options = new FedHePartyOptions
        {
            Server = new Uri(_server!.Urls.Single()),
            FirstRetry = TimeSpan.FromMilliseconds(1),
            LastRetry = TimeSpan.FromMilliseconds(10),
            ChunkLength = TransferHead.MinChunkLength,
            RequestLength = 4 * TransferHead.MinChunkLength,
        };
        return new ServerLink(options, Guid.NewGuid(), "c1", token: null, TimeProvider.System, new LogList()) { Identity = _bench.Federation.Identities["c1"] };
    }

    /// <summary>Takes transfers as a server does, and refuses one that is too long to be sent in a test.</summary>
    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (HttpMethods.IsPatch(context.Request.Method))
        {
            _arrived.AddRange(body.ToArray());
        }
        else if (body.Length > 0)
        {
            TransferHead.TryRead(body.ToArray(), out TransferHead? head, out _).Should().BeTrue();
            _chunkLength = head!.ChunkLength;
            if (head.Length > 1_000_000)
            {
                context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
                return;
            }
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers["Upload-Offset"] = _arrived.Count.ToString(CultureInfo.InvariantCulture);
    }
}
