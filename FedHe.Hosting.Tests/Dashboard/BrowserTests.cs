using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using FedHe.Hosting.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace FedHe.Hosting.Tests.Dashboard;

/// <summary>The dashboard in a real browser. With FEDHE_SCREENSHOTS, the name of a folder, pictures of it are left there.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string Path = "/fedhe/dashboard";
    private const string Hostile = "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>";

    private readonly SmallFederation _federation = new();

    public void Dispose() => _federation.Dispose();

    [BrowserFact]
    public async Task Page_ShowsARoundAsItGoesOn()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync("heart");
        using HttpClient http = server.Connect(certificate: null);
        await using Browser browser = await Browser.OpenAsync();
        IPage page = await browser.OpenAsync($"{server.Root}{Path}");

        await Assertions.Expect(page.Locator(".job h2")).ToHaveTextAsync("heart");
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("0 of 4 here");
        await round.AnnounceAsync(http, server);
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("4 of 4 here");
        await round.RunToEndAsync(http, server);
        await Assertions.Expect(page.Locator(".job .badge").First).ToHaveTextAsync("Completed");
        await Assertions.Expect(page.Locator(".phase.training").First).ToBeAttachedAsync();
        browser.Complaints.Should().BeEmpty("the policy of the page forbids nothing that the page does");
    }

    [BrowserFact]
    public async Task Page_OfHostileTexts_ShowsThemAsText()
    {
        await using TestServer server = await StartAsync("</script><img src=x>");
        await using Browser browser = await Browser.OpenAsync();
        IPage real = await browser.OpenAsync($"{server.Root}{Path}");
        await Assertions.Expect(real.Locator(".job h2")).ToHaveTextAsync("</script><img src=x>");

        IPage page = await browser.OpenAsync($"{server.Root}{Path}", Example(Hostile));

        await Assertions.Expect(page.Locator(".job h2")).ToHaveTextAsync(Hostile);
        await Assertions.Expect(page.Locator("td").Filter(new LocatorFilterOptions { HasText = Hostile }).First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".job")).ToContainTextAsync("1.79769e+308");
        (await page.Locator("img").CountAsync()).Should().Be(0);
        (await page.Locator("script").CountAsync()).Should().Be(1, "the page has its own script alone");
        (await page.TitleAsync()).Should().StartWith("FedHe: ");
    }

    [BrowserFact]
    public async Task Page_BehindAProxyThatHoldsEventsBack_AsksForSnapshots()
    {
        using var round = new Round(_federation);
        await round.JoinAsync();
        await using TestServer server = await StartAsync("heart");
        using HttpClient http = server.Connect(certificate: null);
        await using BufferingProxy proxy = await BufferingProxy.StartAsync(server.Root);
        await using Browser browser = await Browser.OpenAsync();
        IPage page = await browser.OpenAsync($"{proxy.Root}{Path}");

        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("0 of 4 here");
        await round.AnnounceAsync(http, server);
        await Assertions.Expect(page.Locator(".figures")).ToContainTextAsync("4 of 4 here");
        browser.Complaints.Should().BeEmpty("the policy of the page lets it ask");
    }

    [BrowserFact]
    public async Task Page_FitsScreensOfAllSizes()
    {
        await using TestServer server = await StartAsync("heart");
        await using Browser browser = await Browser.OpenAsync();
        foreach ((string name, int width, ColorScheme scheme) in new[] { ("light", 1280, ColorScheme.Light), ("dark", 1280, ColorScheme.Dark), ("phone", 390, ColorScheme.Light), ("phone-dark", 390, ColorScheme.Dark) })
        {
            IPage page = await browser.OpenAsync($"{server.Root}{Path}", Example("south"), width, scheme);
            await Assertions.Expect(page.Locator(".job")).ToHaveCountAsync(2);
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(width, "nothing is cut off at the side");
            if (Environment.GetEnvironmentVariable("FEDHE_SCREENSHOTS") is string folder)
            {
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = System.IO.Path.Combine(folder, $"dashboard-{name}.png"), FullPage = true });
            }
        }
    }

    [BrowserFact]
    public async Task Page_ShowsMetricsByClientAndRound()
    {
        await using TestServer server = await StartAsync("heart");
        await using Browser browser = await Browser.OpenAsync();
        IPage page = await browser.OpenAsync($"{server.Root}{Path}", Example("south"));
        ILocator newest = page.Locator(".attempt").Filter(new LocatorFilterOptions { HasText = "reports of 2 clients" });

        (await newest.Locator("th").AllTextContentsAsync()).Should().Equal("Client", "accuracy", "loss");
        (await newest.Locator("tbody tr").AllTextContentsAsync()).Should().Equal("mean (clients)0.8671 (2)0.31873 (2)", "north0.88120.3021", "west0.8530.33536");
        await Assertions.Expect(page.Locator(".job").Nth(1)).ToContainTextAsync("each client's operator decides");
    }

    private Task<TestServer> StartAsync(string job)
        => TestServer.StartAsync(
            _federation,
            new Dictionary<string, string?> { [$"FedHe:Jobs:{job}:Folder"] = _federation.FolderOf("server") },
            kestrel => kestrel.Listen(IPAddress.Loopback, 0),
            map: app => app.MapFedHeDashboard(Path));

    /// <summary>A snapshot of two jobs, with a text that comes from somebody.</summary>
    private static string Example(string text)
    {
        var now = new DateTimeOffset(2026, 11, 30, 14, 20, 0, TimeSpan.Zero);
        string At(double seconds) => (now - TimeSpan.FromSeconds(seconds)).ToString("O");
        object Phase(string kind, double from, double? to) => new { kind, from = At(from), to = to is double end ? At(end) : null };
        object Party(string name, string state, string doing, bool isLate = false, double silent = 0.2, int waiting = 0, bool isMember = true)
            => new { name, isMember, state, doing, isLate, silentSeconds = silent, waiting };
        object Bar(string party, int up, int down, params object[] phases) => new { party, uploadBytes = up, sumBytes = down, phases };
        object[] parties =
        [
            Party("north", "here", "uploaded"), Party(text, "here", "trains", isLate: true, silent: 12, waiting: 1), Party("west", "here", "uploaded"),
            Party("east", "unreachable", "invited", silent: 220, waiting: 3), Party("@authority", "authority", "answers key requests", isMember: false),
        ];
        object[] attempts =
        [
            new
            {
                round = 4, attempt = 1,
                parties = new[]
                {
                    Bar("north", 258_000, 0, Phase("invitation", 95, 94), Phase("training", 94, 52), Phase("upload", 52, 49), Phase("others", 49, null)),
                    Bar(text, 0, 0, Phase("invitation", 95, 93), Phase("training", 93, null)),
                    Bar("west", 258_000, 0, Phase("invitation", 95, 90), Phase("training", 90, 31), Phase("upload", 31, 22), Phase("others", 22, null)),
                    Bar("east", 0, 0, Phase("invitation", 95, null)),
                },
            },
            new
            {
                round = 3, attempt = 1,
                parties = new[]
                {
                    Bar("north", 258_000, 402_000, Phase("invitation", 190, 189), Phase("training", 189, 150), Phase("upload", 150, 148), Phase("others", 148, 118), Phase("download", 118, 116), Phase("opening", 116, 112)),
                    Bar(text, 258_000, 402_000, Phase("invitation", 190, 188), Phase("training", 188, 126), Phase("upload", 126, 120), Phase("others", 120, 118), Phase("download", 118, 117), Phase("opening", 117, 109)),
                    Bar("west", 258_000, 402_000, Phase("invitation", 190, 185), Phase("training", 185, 139), Phase("upload", 139, 130), Phase("others", 130, 118), Phase("download", 118, 110), Phase("opening", 110, 104)),
                    Bar("east", 258_000, 402_000, Phase("invitation", 190, 187), Phase("training", 187, 160), Phase("upload", 160, 157), Phase("others", 157, 118), Phase("download", 118, 115), Phase("opening", 115, 111)),
                },
            },
        ];
        object Metric(string name, double value, int clients) => new { name, value, clients };
        object Values(string party, params (string Name, double Value)[] values) => new { party, values = values.ToDictionary(value => value.Name, value => value.Value) };
        object[] metrics =
        [
            new
            {
                round = 4, attempt = 1,
                means = new[] { Metric("accuracy", 0.8671, 2), Metric("loss", 0.31873, 2) },
                reports = new[] { Values("north", ("accuracy", 0.8812), ("loss", 0.3021)), Values("west", ("accuracy", 0.853), ("loss", 0.33536)) },
            },
            new
            {
                round = 3, attempt = 1,
                means = new[] { Metric("accuracy", 0.84, 1), Metric("auc", 0.91, 1), Metric("f1", 0.7, 1), Metric("loss", double.MaxValue, 1), Metric("precision", 0.71, 1), Metric("recall", 0.69, 1), Metric("zeros-in-the-first-layer-of-all.3", -1e-300, 1) },
                reports = new[] { Values(text, ("accuracy", 0.84), ("auc", 0.91), ("f1", 0.7), ("loss", double.MaxValue), ("precision", 0.71), ("recall", 0.69), ("zeros-in-the-first-layer-of-all.3", -1e-300)) },
            },
        ];
        object[] refusals = [new { party = text, message = "Upload", reason = text == Hostile ? Hostile : "WrongRound", count = 2, last = At(40) }, new { party = "east", message = "Announcement", reason = "WrongMask", count = 1, last = At(4000) }];
        var heart = new
        {
            name = text == Hostile ? Hostile : "heart",
            id = "0b9d5a2e-4c1d-4a86-b0a5-1f0c64a1b2c3",
            isReady = true,
            phase = "Collecting",
            round = 4,
            rounds = 10,
            attempt = 1,
            epoch = 2,
            lastSum = 3,
            outcome = (string?)null,
            due = At(-205),
            parties,
            attempts,
            refusals,
            metrics,
            error = new { promisedBits = 24.3, largestBound = 3.2e-7 },
            privacy = new { unit = "Client", epsilon = 4.0, delta = 1e-6, spent = 1.37512 },
            audit = new { number = 61, digest = "9f3a0c52d1e8b7466a0f5d21c3b498e7700112233445566778899aabbccddeef" },
        };
        var lung = new
        {
            name = "lung",
            id = "5a1f7c33-98be-47f1-8a6f-93d2c6bb0e11",
            isReady = true,
            phase = "Ended",
            round = 5,
            rounds = 5,
            attempt = 1,
            epoch = 1,
            lastSum = 5,
            outcome = "Completed",
            due = (string?)null,
            parties = new[] { Party("north", "here", "ended"), Party("west", "here", "ended") },
            attempts = Array.Empty<object>(),
            refusals = Array.Empty<object>(),
            metrics = Array.Empty<object>(),
            error = new { promisedBits = 24.0, largestBound = 1e-7 },
            privacy = (object?)null,
            audit = (object?)null,
        };
        return JsonSerializer.Serialize(new { time = now.ToString("O"), isReady = true, jobs = text == Hostile ? new object[] { heart } : [heart, lung] });
    }

    /// <summary>Chromium, and what it complains about.</summary>
    private sealed class Browser(IPlaywright playwright, IBrowser browser) : IAsyncDisposable
    {
        // In milliseconds; a busy machine starts a browser slowly.
        private const float Patience = 60_000;

        public ConcurrentQueue<string> Complaints { get; } = [];

        public static async Task<Browser> OpenAsync()
        {
            Assertions.SetDefaultExpectTimeout(Patience);
            IPlaywright playwright = await Playwright.CreateAsync();
            return new Browser(
                playwright,
                await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = BrowserFactAttribute.Chromium, Args = ["--no-sandbox"], Timeout = Patience }));
        }

        /// <summary>Opens a page, which shows one snapshot where one is given in the place of the server's.</summary>
        public async Task<IPage> OpenAsync(string address, string? snapshot = null, int width = 1280, ColorScheme scheme = ColorScheme.Light)
        {
            IPage page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = 900 }, ColorScheme = scheme });
            page.SetDefaultTimeout(Patience);
            page.Console += (_, message) =>
            {
                if (message.Type is "error" or "warning")
                {
                    Complaints.Enqueue(message.Text);
                }
            };
            page.PageError += (_, error) => Complaints.Enqueue(error);
            if (snapshot is not null)
            {
                await page.RouteAsync("**/snapshot", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = snapshot }));
                await page.AddInitScriptAsync($"window.EventSource = class {{ addEventListener(name, show) {{ if (name === 'snapshot') setTimeout(() => show({{ data: {JsonSerializer.Serialize(snapshot)} }})); }} }};");
            }

            await page.GotoAsync(address);
            return page;
        }

        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            playwright.Dispose();
        }
    }
}
