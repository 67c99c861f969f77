using System.Collections.Concurrent;
using System.Globalization;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>Hosted clients that send their uploads in chunks, while requests, answers, connections, clients and the server are lost.</summary>
public sealed class ChunkedUploadTests : IDisposable
{
    private const int Chunk = TransferHead.MinChunkLength;

    private int _requestLength = Chunk;

    private readonly SmallFederation _federation = new(rounds: 1);
    private readonly Counts _counts = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<FederatedModel>> _ends = new(
        PartyNames.Clients.Select(name => KeyValuePair.Create(name, new TaskCompletionSource<FederatedModel>(TaskCreationOptions.RunContinuationsAsynchronously))));

    public void Dispose() => _federation.Dispose();

    [Theory]
    [InlineData(Loss.None)]
    [InlineData(Loss.Request)]
    [InlineData(Loss.Answer)]
    public async Task Upload_WhoseRequestsOrAnswersAreLost_ComesOnce(Loss loss)
    {
        // Each request of the transfers is lost once, by its address, method and offset.
        var lost = new ConcurrentDictionary<string, bool>();
        await using TestServer server = await StartAsync(0, async (context, next) =>
        {
            bool isLost = IsTransfer(context) && loss != Loss.None && lost.TryAdd($"{context.Request.Method} {context.Request.Path} {context.Request.Headers["Upload-Offset"]}", true);
            if (!isLost || loss == Loss.Answer)
            {
                await next(context);
            }

            if (isLost)
            {
                context.Abort();
            }
        });

        await RunAsync(() => server.Port, server.Address);

        (loss == Loss.None || lost.Count > PartyNames.Clients.Count * 3).Should().BeTrue("requests were lost");
        ShouldHaveEnded();

        // Of a request that is lost the server gets no byte; of one whose answer is lost it has the chunk.
        PartyNames.Clients.Select(UploadOf).Should().OnlyContain(length => length > 3 * Chunk);
        _counts.ShouldBeExact();
    }

    /// <summary>Requests with several chunks are cut within any of them, and what came before counts.</summary>
    [Theory]
    [InlineData(4 * Chunk)]
    [InlineData(TransferHead.MaxChunkLength)]
    public async Task Upload_WithSeveralChunksARequest_OverConnectionsThatAreCut_Comes(int requestLength)
    {
        _requestLength = requestLength;
        int several = 0;
        int waiting = 0;
        await using TestServer server = await StartAsync(0, async (context, next) =>
        {
            if (IsTransfer(context) && HttpMethods.IsPatch(context.Request.Method) && context.Request.ContentLength > Chunk)
            {
                Interlocked.Increment(ref several);
                Interlocked.Add(ref waiting, context.Request.Headers.Expect == "100-continue" ? 1 : 0);
            }

            await next(context);
        });

        // Each connection lets more through than a chunk and its handshake, and less than an upload.
        int[] cuts = [.. Enumerable.Range(0, 40).Select(i => 12_000 + (977 * i % 3000))];
        await using var proxy = new CuttingProxy(() => server.Port, cuts);

        await RunAsync(() => proxy.Port, server.Address);

        several.Should().BeGreaterThan(PartyNames.Clients.Count);
        waiting.Should().Be(several, "a refusal must come before the body, or it may be lost with the connection");
        proxy.Left.Should().BeLessThan(cuts.Length - PartyNames.Clients.Count, "connections were cut");
        ShouldHaveEnded();
    }

    /// <summary>A server of before takes one chunk with a request, and refuses several.</summary>
    [Fact]
    public async Task Server_ThatTakesOneChunkARequest_GetsUploadsSo()
    {
        _requestLength = TransferHead.MaxChunkLength;
        var refused = new ConcurrentBag<string>();
        await using TestServer server = await StartAsync(0, async (context, next) =>
        {
            if (IsTransfer(context) && HttpMethods.IsPatch(context.Request.Method) && context.Request.ContentLength > Chunk)
            {
                refused.Add(context.Request.Path);
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }

            await next(context);
        });

        await RunAsync(() => server.Port, server.Address);

        refused.Should().HaveCountGreaterThanOrEqualTo(PartyNames.Clients.Count).And.OnlyHaveUniqueItems("a client tries that once with each message");
        ShouldHaveEnded();
        _counts.ShouldBeExact();
    }

    [Fact]
    public async Task Upload_OverConnectionsThatAreCut_GoesOnWhereItWas()
    {
        await using TestServer server = await StartAsync(0);
        int[] cuts = [.. Enumerable.Range(0, 60).Select(i => 5000 + (977 * i % 9000))];
        await using var proxy = new CuttingProxy(() => server.Port, cuts);

        await RunAsync(() => proxy.Port, server.Address);

        proxy.Left.Should().BeLessThan(cuts.Length - 10, "connections were cut");
        ShouldHaveEnded();
        _counts.ShouldBeExact();
    }

    [Fact]
    public async Task Upload_ThroughAProxyThatHoldsRequestsBack_Comes()
    {
        await using TestServer server = await StartAsync(0);
        await using var proxy = new CuttingProxy(() => server.Port, [], held: 64 * 1024);

        await RunAsync(() => proxy.Port, server.Address);

        ShouldHaveEnded();
    }

    /// <summary>Client and server go away in the middle of an upload, one after the other, and come back.</summary>
    [Fact]
    public async Task Upload_OfAClientThatIsStartedAgain_GoesOnFromTheServersDisk()
    {
        using var third = new SemaphoreSlim(0);
        using var never = new CancellationTokenSource();
        bool isHeld = true;
        async Task HoldAsync(HttpContext context, RequestDelegate next)
        {
            if (Volatile.Read(ref isHeld) && IsTransfer(context) && ClientOf(context) == "c1" && context.Request.Headers["Upload-Offset"] == (3 * Chunk).ToString(CultureInfo.InvariantCulture))
            {
                third.Release();
                await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, never.Token).Token).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            }

            await next(context);
        }

        TestServer server = await StartAsync(0, HoldAsync);
        List<IHost> hosts = [BuildAuthority(server.Address), .. PartyNames.Clients.Select(name => BuildClient(server.Address, name))];
        try
        {
            await Task.WhenAll(hosts.Select(host => host.StartAsync()));
            (await third.WaitAsync(TimeSpan.FromMinutes(1))).Should().BeTrue();
            await hosts[1].StopAsync();
            hosts[1].Dispose();
            int port = server.Port;
            await never.CancelAsync();
            await server.DisposeAsync();
            Volatile.Write(ref isHeld, false);
            _counts.Of("c1").Should().Equal(3 * Chunk);

            server = await StartAsync(port, HoldAsync);
            hosts[1] = BuildClient(server.Address, "c1");
            await hosts[1].StartAsync();
            await Task.WhenAll(_ends.Values.Select(end => end.Task)).WaitAsync(TimeSpan.FromMinutes(2));
        }
        finally
        {
            await StopAsync(hosts);
            await server.DisposeAsync();
        }

        ShouldHaveEnded();
        _counts.Of("c1").Should().Contain(UploadOf("c1"));
        _counts.ShouldBeExact();
    }

    /// <summary>A server of before has no transfers, and gets each message with one request.</summary>
    [Fact]
    public async Task Server_WithoutTransfers_GetsUploadsAsAWhole()
    {
        await using TestServer server = await StartAsync(0, (context, next) =>
        {
            if (!IsTransfer(context))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });

        await RunAsync(() => server.Port, server.Address);

        ShouldHaveEnded();
        PartyNames.Clients.SelectMany(_counts.Of).Should().BeEmpty();
    }

    /// <summary>A host may word the refusals of an older server as problems of its own.</summary>
    [Fact]
    public async Task Server_WithoutTransfers_WhoseHostWordsProblems_GetsUploadsAsAWhole()
    {
        int beginnings = 0;
        await using TestServer server = await StartAsync(0, (context, next) =>
        {
            if (!IsTransfer(context))
            {
                return next(context);
            }

            Interlocked.Increment(ref beginnings);
            return TypedResults.Problem(statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context);
        });

        await RunAsync(() => server.Port, server.Address);

        ShouldHaveEnded();
        PartyNames.Clients.SelectMany(_counts.Of).Should().BeEmpty();
        beginnings.Should().BeInRange(3, 100, "nobody knocks for ever");
    }

    /// <summary>Something between both damages a chunk on its way.</summary>
    [Fact]
    public async Task Chunk_ThatIsDamaged_IsSentAgain()
    {
        var damaged = new ConcurrentDictionary<string, bool>();
        await using TestServer server = await StartAsync(0, async (context, next) =>
        {
            if (IsTransfer(context) && HttpMethods.IsPatch(context.Request.Method) && damaged.TryAdd(ClientOf(context), true))
            {
                using var bytes = new MemoryStream();
                await context.Request.Body.CopyToAsync(bytes);
                bytes.GetBuffer()[100] ^= 1;
                bytes.Position = 0;
                context.Request.Body = bytes;
            }

            await next(context);
        });

        await RunAsync(() => server.Port, server.Address);

        damaged.Should().HaveCount(PartyNames.Clients.Count);
        ShouldHaveEnded();
    }

    public enum Loss
    {
        None,
        Request,
        Answer,
    }

    private static bool IsTransfer(HttpContext context) => context.Request.Path.Value!.Contains("/transfers", StringComparison.Ordinal);

    private static string ClientOf(HttpContext context) => context.Request.Path.Value!.Split('/').SkipWhile(part => part != "parties").ElementAt(1);

    private Task<TestServer> StartAsync(int port, Func<HttpContext, RequestDelegate, Task>? between = null) => TestServer.StartAsync(
        _federation,
        _federation.ServerSettings(),
        kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.UseHttps(_federation.ServerCertificate)),
        map: app =>
        {
            if (between is not null)
            {
                app.Use(next => context => between(context, next));
            }

            app.Use(next => async context =>
            {
                await next(context);
                if (HttpMethods.IsPatch(context.Request.Method) && context.Response.StatusCode == StatusCodes.Status204NoContent)
                {
                    _counts.Add(ClientOf(context), context.Request.Path.Value!, context.Request.ContentLength ?? 0, long.Parse(context.Response.Headers["Upload-Length"]!, CultureInfo.InvariantCulture));
                }
            });
        });

    private async Task RunAsync(Func<int> port, string address)
    {
        string reached = new UriBuilder(address) { Port = port() }.Uri.AbsoluteUri;
        List<IHost> hosts = [BuildAuthority(address), .. PartyNames.Clients.Select(name => BuildClient(reached, name))];
        try
        {
            await Task.WhenAll(hosts.Select(host => host.StartAsync()));
            await Task.WhenAll(_ends.Values.Select(end => end.Task)).WaitAsync(TimeSpan.FromMinutes(2));
        }
        finally
        {
            await StopAsync(hosts);
        }
    }

    private static async Task StopAsync(List<IHost> hosts)
    {
        await Task.WhenAll(hosts.Select(host => host.StopAsync()));
        hosts.ForEach(host => host.Dispose());
    }

    private IHost BuildAuthority(string server)
        => PartyHosts.Build(_federation, server, SmallFederation.Authority, (services, section) => services.AddFedHeKeyAuthority(section).Federation.AuthenticateByRosterAlone());

    private IHost BuildClient(string server, string name) => PartyHosts.Build(
        _federation,
        server,
        name,
        (services, section) => services.AddKeyedSingleton<ILocalTrainer>(FedHeHostingExtensions.DefaultName, new SteadyTrainer(name)).AddFedHeClient(section)
            .StartFrom(_ => SmallModel.Initial)
            .OnModel((model, _) =>
            {
                if (model.Outcome is not null && model.Release == ModelRelease.MayBePublished)
                {
                    _ends[name].TrySetResult(model);
                }

                return Task.CompletedTask;
            }),
        settings =>
        {
            settings["FedHe:ChunkLength"] = Chunk.ToString(CultureInfo.InvariantCulture);
            settings["FedHe:RequestLength"] = _requestLength.ToString(CultureInfo.InvariantCulture);
        });

    /// <summary>The length of the upload of a client, as the audit log has it.</summary>
    private long UploadOf(string client)
        => long.Parse(Accepted().Single(entry => entry.Find("client") == client).Find("bytes")!, CultureInfo.InvariantCulture);

    private IEnumerable<AuditEntry> Accepted()
        => AuditLog.Verify(File.ReadAllBytes(Path.Combine(_federation.FolderOf("server"), PartyFiles.AuditLog)), _federation.Job).Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted);

    private void ShouldHaveEnded()
    {
        _ends.Values.Select(end => string.Join(' ', SmallModel.ValuesOf(end.Task.Result.Parameters))).Distinct().Should().ContainSingle();
        Accepted().Select(entry => entry.Find("client")).Should().BeEquivalentTo(PartyNames.Clients, "each counts once");
    }

    /// <summary>The bytes of chunks that the server took, by client and transfer, beside the length of the message.</summary>
    private sealed class Counts
    {
        private readonly ConcurrentDictionary<(string Client, string Transfer, long Length), long> _bytes = new();

        public void Add(string client, string transfer, long bytes, long length) => _bytes.AddOrUpdate((client, transfer, length), bytes, (_, before) => before + bytes);

        public IEnumerable<long> Of(string client) => _bytes.Where(entry => entry.Key.Client == client).Select(entry => entry.Value);

        /// <summary>No byte of a message was taken twice, and none is missing.</summary>
        public void ShouldBeExact() => _bytes.Should().HaveCountGreaterThanOrEqualTo(PartyNames.Clients.Count).And.OnlyContain(entry => entry.Value == entry.Key.Length);
    }
}
