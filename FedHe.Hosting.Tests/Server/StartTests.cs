using System.Net;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Tests.Server;

/// <summary>What a server refuses when it starts.</summary>
public sealed class StartTests : IDisposable
{
    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [Fact]
    public async Task Start_WithoutTlsForOtherMachines_IsRefused()
        => (await RefusalOf(_federation.ServerSettings(), tls: false, IPAddress.Any)).Should().Be(HostingError.TlsRequired);

    [Fact]
    public async Task Start_WithoutIdentitiesForOtherMachines_IsRefused()
        => (await RefusalOf(_federation.ServerSettings(hasPins: false), tls: true, IPAddress.Any)).Should().Be(HostingError.IdentityRequired);

    [Fact]
    public async Task Start_WithoutIdentitiesOnThisMachine_SaysSoLoudly()
    {
        await using TestServer server = await TestServer.StartOpenAsync(_federation);

        server.Log.Entries.Should().Contain(entry => entry.Level == LogLevel.Critical && entry.Event == 402);
    }

    [Fact]
    public async Task Start_WithoutThePinOfAClient_IsRefused()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings.Remove("FedHe:Jobs:small:ClientKeys:c3:0");

        (await RefusalOf(settings)).Should().Be(HostingError.IdentitiesDoNotFit);
    }

    [Fact]
    public async Task Start_WithThePinOfAStranger_IsRefusedWhereNoEpochCanNameIt()
    {
        using var federation = new SmallFederation(JobMode.RoundKeys);
        Dictionary<string, string?> settings = federation.ServerSettings();
        settings["FedHe:Jobs:small:ClientKeys:stranger:0"] = new string('a', 64);

        (await FluentActions.Awaiting(() => TestServer.StartAsync(federation, settings, kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(federation.ServerCertificate))))
            .Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.IdentitiesDoNotFit);
    }

    [Fact]
    public async Task Start_WithOnePinForTwo_IsRefused()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:Jobs:small:ClientKeys:c3:0"] = _federation.PinOf("c1");

        (await RefusalOf(settings)).Should().Be(HostingError.IdentitiesDoNotFit);
    }

    /// <summary>Another server that takes the job over in its database has no folder with the sums.</summary>
    [Fact]
    public async Task Start_WithSumsInFilesAndAStateElsewhere_IsRefused()
    {
        using var stores = new TestStores(StoreKind.Folder);
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:SumsInFiles"] = "true";

        (await FluentActions.Awaiting(() => TestServer.StartAsync(_federation, settings, kestrel => kestrel.Listen(IPAddress.Loopback, 0), services => services.AddSingleton<IServerStores>(stores)))
            .Should().ThrowAsync<HostingException>()).Which.Error.Should().Be(HostingError.StateElsewhere);
    }

    /// <summary>The folder of the sums, or the file that only one server has open, cannot be made; the folder of the server is free again.</summary>
    [Theory]
    [InlineData("sums", false, HostingError.FolderNotWritable)]
    [InlineData("sums/lock", true, HostingError.FileRefused)]
    public async Task Start_WithoutAPlaceForTheSums_IsRefused(string path, bool isFolder, HostingError expected)
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:Jobs:small:SumsInFiles"] = "true";
        string place = Path.Combine(_federation.FolderOf("server"), path);
        if (isFolder)
        {
            Directory.CreateDirectory(place);
        }
        else
        {
            File.Create(place).Dispose();
        }

        (await RefusalOf(settings)).Should().Be(expected);
        (await RefusalOf(settings)).Should().Be(expected);
    }

    [Fact]
    public async Task Start_InAFolderInUse_IsRefused()
    {
        await using TestServer first = await TestServer.StartAsync(_federation);

        (await RefusalOf(_federation.ServerSettings())).Should().Be(HostingError.FolderInUse);
    }

    [Fact]
    public async Task Start_WithAnUnknownPolicy_IsRefused()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:Bearer:Policy"] = "nowhere";

        (await RefusalOf(settings)).Should().Be(HostingError.ServiceMissing);
    }

    [Fact]
    public async Task Start_WithAnAuthorityThatIsAClient_IsRefused()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings(hasPins: false);
        settings["FedHe:Jobs:small:Bearer:Policy"] = "nowhere";
        settings["FedHe:Jobs:small:Bearer:Authority"] = "c2";

        (await RefusalOf(settings)).Should().Be(HostingError.IdentitiesDoNotFit);
    }

    [Theory]
    [InlineData("FedHe:Jobs:small:Bearer:Authority", " ", "Authority is empty")]
    [InlineData("FedHe:Jobs:small:Bearer:Policy", "both", "Choose one")]
    [InlineData("FedHe:Jobs:small:ClientKeys:c1:0", "abc", "64 hexadecimal digits")]
    [InlineData("FedHe:UnreachableAfter", "00:00:05", "longer than LongPoll")]
    public async Task Start_WithOptionsThatCannotWork_SaysWhatToWrite(string key, string value, string words)
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings[key] = value;

        (await FluentActions.Awaiting(() => StartAsync(settings, tls: true, IPAddress.Loopback)).Should().ThrowAsync<OptionsValidationException>())
            .WithMessage($"*{words}*");
    }

    [Fact]
    public async Task Start_WithAMisspelledKey_IsRefused()
    {
        Dictionary<string, string?> settings = _federation.ServerSettings();
        settings["FedHe:Jobs:small:ClientKey:c1:0"] = _federation.PinOf("c1");

        (await FluentActions.Awaiting(() => StartAsync(settings, tls: true, IPAddress.Loopback)).Should().ThrowAsync<InvalidOperationException>())
            .WithMessage("*ClientKey*");
    }

    private async Task<HostingError> RefusalOf(Dictionary<string, string?> settings, bool tls = true, IPAddress? address = null)
        => (await FluentActions.Awaiting(() => StartAsync(settings, tls, address ?? IPAddress.Loopback)).Should().ThrowAsync<HostingException>()).Which.Error;

    private async Task StartAsync(Dictionary<string, string?> settings, bool tls, IPAddress address)
    {
        await using TestServer server = await TestServer.StartAsync(_federation, settings, kestrel => kestrel.Listen(address, 0, listen =>
        {
            if (tls)
            {
                listen.UseHttps(_federation.ServerCertificate);
            }
        }));
    }
}
