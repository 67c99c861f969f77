using System.Xml.Linq;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;
using FedHe.Privacy.Reports;

namespace FedHe.Privacy.Tests.Reports;

/// <summary>The report page says what the ledger says, and nothing that a text makes of it.</summary>
public sealed class PrivacyReportTests
{
    private const string Hostile = "</td></table><script>alert(1)</script><img src=x onerror=\"alert('2')\">&lt;`\u202Egnp\u0000\u0007\uD800]]>-->";

    [Fact]
    public void Page_OfALedger_SaysWhatWasPromisedSpentAndLeft()
    {
        PrivacyAccountant accountant = Ledger();
        XElement body = Parse(PageOf(accountant)).Element("body")!;
        string text = body.Value;
        text.Should().Contain("epsilon at most 4 at delta 1e-5").And.Contain("Record (LocalDpSgd)").And.Contain("noise of its own party alone")
            .And.Contain("the records of silo 1").And.Contain("Renyi divergences").And.Contain("1.5, the largest 2-norm")
            .And.Contain("The silo draws records itself.");
        XElement[] rows = [.. body.Descendants("tbody").Elements("tr")];
        rows.Should().HaveCount(2);
        string[] last = [.. rows[1].Elements("td").Select(cell => cell.Value)];
        last[0].Should().Be("round 2");
        last[1].Should().Be("10");
        last[2].Should().Be("discrete Gaussian noise on a Poisson sample, noise multiplier 4, probability 0.1");
        last[3].Should().Be("1e-11");
        last[4].Should().Be(PrivacyFigures.AtMost(accountant.SpentEpsilon));
        last[5].Should().Be(PrivacyFigures.AtLeast(4 - accountant.SpentEpsilon));
        text.Should().Contain($"Epsilon {last[4]} of 4 was spent at delta 1e-5; {last[5]} remains.");
        double first = double.Parse(rows[0].Elements("td").ElementAt(4).Value, System.Globalization.CultureInfo.InvariantCulture);
        first.Should().BeInRange(0.1, accountant.SpentEpsilon - 0.001, "a row says what was spent up to it");
    }

    [Fact]
    public void Figures_OfAPage_AreNeverRoundedInFavorOfThePromise()
    {
        // Rounded to the nearest, epsilon would be 3.1234, delta 1e-5, the spent part 1.2345 and 40 %, and the noise 5.6789.
        var accountant = new PrivacyAccountant(PrivacyBudget.ForClients(3.12341, 1.0001e-5, 1.00001), CompositionMethod.Renyi);
        accountant.Spend("round 1", new PureRelease(1.23451, 1.0001e-12));
        accountant.Spend("round 2", new GaussianRelease(567.89014));
        XElement body = Parse(PageOf(accountant)).Element("body")!;
        string text = body.Value;
        text.Should().Contain("epsilon at most 3.1235 at delta 1.001e-5").And.Contain("1.0001, the largest 2-norm").And.Contain("1.001e-12 in all");
        string[] first = [.. body.Descendants("tbody").Elements("tr").First().Elements("td").Select(cell => cell.Value)];
        first[2].Should().Be("pure differential privacy, epsilon 1.2346");
        first[3].Should().Be("1.001e-12");
        double spent = double.Parse(first[4], System.Globalization.CultureInfo.InvariantCulture);
        PrivacyComposition cost = PrivacyComposition.Of(CompositionMethod.Renyi).Add(accountant.Entries[0].Release);
        spent.Should().BeGreaterThanOrEqualTo(cost.Epsilon(accountant.Budget.Delta));
        double.Parse(first[5], System.Globalization.CultureInfo.InvariantCulture).Should().BeLessThanOrEqualTo(3.12341 - cost.Epsilon(accountant.Budget.Delta));
        body.Descendants("tbody").Elements("tr").Last().Value.Should().Contain("noise multiplier 567.8901");
        XElement meter = body.Descendants("meter").Single();
        double share = accountant.SpentEpsilon / 3.12341;
        double.Parse(meter.Attribute("value")!.Value, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(share, share + 1e-4);
        double.Parse(meter.Value.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(100 * share, (100 * share) + 1);
    }

    [Fact]
    public void Texts_ThatAreMarkup_StayTexts()
    {
        var accountant = new PrivacyAccountant(PrivacyBudget.ForClients(4, 1e-5, 1), CompositionMethod.Renyi);
        accountant.Spend(Hostile, new SampledGaussianRelease(4, 0.1, new SamplingSecrecy(Hostile)));
        string page = new PrivacyReport(Hostile, [new PrivacyReportLedger(Hostile, Hostile, accountant)])
        {
            Facts = [KeyValuePair.Create(Hostile, Hostile)],
        }.ToHtml();

        XElement html = Parse(page);
        html.Descendants().Select(element => element.Name.LocalName).Should().NotContain(["script", "img", "a", "iframe", "link", "object"]);
        html.Descendants().Attributes().Select(attribute => attribute.Name.LocalName).Should().NotContain(name => name.StartsWith("on", StringComparison.Ordinal) || name == "src" || name == "style");
        page.Should().NotContain("\u202E").And.NotContain("\0").And.NotContain("\u0007");
        html.Descendants("h2").Single().Value.Should().Be(
            "</td></table><script>alert(1)</script><img src=x onerror=\"alert('2')\">&lt;`\uFFFDgnp\uFFFD\uFFFD\uFFFD]]>-->");
        html.Descendants("td").First().Value.Should().StartWith("</td></table><script>");
    }

    [Fact]
    public void Page_LoadsNothingAndRunsNothing()
    {
        string page = PageOf(Ledger());
        page.Should().NotContain("http:").And.NotContain("https:").And.NotContain("url(").And.NotContain("<script");
        XElement head = Parse(page).Element("head")!;
        string policy = head.Elements("meta").Single(meta => (string?)meta.Attribute("http-equiv") == "Content-Security-Policy").Attribute("content")!.Value;
        string style = head.Element("style")!.Value;
        string hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        policy.Should().Be($"default-src 'none'; style-src 'sha256-{hash}'");
        head.Elements("meta").Should().Contain(meta => (string?)meta.Attribute("name") == "viewport");
        style.Should().Contain("prefers-color-scheme: dark").And.Contain("max-width: 40rem");
    }

    [Fact]
    public void Page_OfNothingReleased_SaysSo()
    {
        var empty = new PrivacyAccountant(PrivacyBudget.ForClients(4, 1e-5, 1), CompositionMethod.Concentrated);
        Parse(PageOf(empty)).Value.Should().Contain("Nothing was released.").And.Contain("Epsilon 0 of 4").And.Contain("Client");
        Action none = () => _ = new PrivacyReport("x", []);
        none.Should().Throw<ArgumentException>();
    }

    private static string PageOf(PrivacyAccountant accountant)
        => new PrivacyReport("Report", [new PrivacyReportLedger("silo 1", "the records of silo 1", accountant)]).ToHtml();

    private static PrivacyAccountant Ledger()
    {
        var accountant = new PrivacyAccountant(PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 4, 1e-5, 1.5), CompositionMethod.Renyi);
        var release = new SampledDiscreteGaussianRelease(4, 0.1, new SamplingSecrecy("The silo draws records itself."), 1e-12);
        accountant.Spend("round 1", release, 10);
        accountant.Spend("round 2", release, 10);
        return accountant;
    }

    /// <summary>Reads the page as XML, which it is but for its doctype and the void elements of its head.</summary>
    private static XElement Parse(string page)
    {
        string[] lines = page.Split('\n').Select(line => line.StartsWith("<meta ", StringComparison.Ordinal) ? line.Replace("\">", "\"/>", StringComparison.Ordinal) : line).ToArray();
        lines[0].Should().Be("<!DOCTYPE html>");
        return XElement.Parse(string.Join('\n', lines[1..]), LoadOptions.PreserveWhitespace);
    }
}
