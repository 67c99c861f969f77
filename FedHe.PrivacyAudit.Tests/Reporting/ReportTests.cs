using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;
using FedHe.Crypto.Errors;
using FedHe.Learning.Models;
using FedHe.MLBridge.Errors;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Metrics;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Tests.Support;
using FedHe.PrivacyAudit.Text;

namespace FedHe.PrivacyAudit.Tests.Reporting;

public sealed class ReportTests
{
    [Fact]
    public void Crc32_OfTheCheckString_IsTheKnownValue()
        => Crc32.Of("123456789"u8).Should().Be(0xCBF43926);

    [Fact]
    public void Png_OfAColourPicture_DecodesToItsPixels()
    {
        // Two pixels: red, and a blue-green out of range.
        byte[] png = PngWriter.Encode(new ImagePlanes(3, 1, 2, new[] { 1f, -0.5f, 0f, 0.5f, 0f, 7f }));

        png[..8].Should().Equal(0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A);
        List<(string Type, byte[] Content)> chunks = Chunks(png);
        chunks.Select(chunk => chunk.Type).Should().Equal("IHDR", "IDAT", "IEND");
        chunks[0].Content.Should().Equal(0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0);
        using var zlib = new ZLibStream(new MemoryStream(chunks[1].Content), CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        pixels.ToArray().Should().Equal(0, 255, 0, 0, 0, 128, 255);
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(1, 0, 1)]
    public void Png_OfNoPicture_IsRefused(int channels, int height, int width)
        => FluentActions.Invoking(() => PngWriter.Encode(new ImagePlanes(channels, height, width, new float[channels * height * width])))
            .Should().Throw<ArgumentException>();

    [Fact]
    public void Chart_OfLines_IsWellFormedAndLeavesOutWhatIsNoNumber()
    {
        string svg = LineChart.Draw(
            "score <of> p", "p", [("a & b", [(0, 1), (0.5, double.NaN), (1, 0.2)]), ("c", [(0, double.PositiveInfinity)])]);

        var document = XDocument.Parse(svg);
        XName line = XName.Get("polyline", "http://www.w3.org/2000/svg");
        document.Descendants(line).First().Attribute("points")!.Value.Split(' ').Should().HaveCount(2);
        svg.Should().NotContain("NaN");
        LineChart.Draw("nothing", "p", []).Should().BeEmpty();
    }

    [Fact]
    public void Chart_OfRatiosThatLieClose_LabelsThoseThatHaveRoom()
    {
        string svg = LineChart.Draw("score", "p", [("a", [(0, 1), (0.01, 1), (0.05, 1), (0.1, 1), (0.5, 1)])]);
        string[] labels = [.. XDocument.Parse(svg).Descendants(XName.Get("text", "http://www.w3.org/2000/svg"))
            .Where(text => text.Attribute("text-anchor")!.Value == "middle").Select(text => text.Value)];
        labels.Should().Equal("0", "0.05", "0.1", "0.5", "p");
    }

    [Fact]
    public void PrivacyMap_AsPictures_IsDarkWhereItIsSensitive()
    {
        Model model = SmallModels.Convolutional();
        float[] sensitivity = new float[model.ParameterCount];
        sensitivity[0] = 10;
        sensitivity[1] = 0.1f;

        IReadOnlyList<(string Name, ImagePlanes Picture)> pictures = new PrivacyMap(model, sensitivity).Pictures();

        pictures.Select(picture => picture.Name).Should().Equal(model.Parameters.Select(parameter => parameter.Name));
        pictures[0].Picture.Should().Match<ImagePlanes>(picture => picture.Height == 6 && picture.Width == 9);
        pictures[0].Picture.Pixels.Span[0].Should().Be(0);
        pictures[0].Picture.Pixels.Span[1].Should().BeApproximately(0.5f, 1e-6f);
        pictures[0].Picture.Pixels.Span[2].Should().Be(1);
    }

    [Fact]
    public void Recommendation_IsTheSmallestRatioFromWhichOnNothingLeaks()
    {
        AuditResult[] results = OfStrongest((0, 0.9), (0.1, 0.1), (0.2, 0.5), (0.3, 0.2), (0.4, 0.1));

        Recommendation.Of(results, "random", attack: null, threshold: 0.3).Ratio.Should().Be(0.3);
        Recommendation.Of(results, "random", StrongestAttacks.Names[0], threshold: 0.6).Unleaked.Should().Be(0.1);
        Recommendation.Of(results, "random", StrongestAttacks.Names[0], threshold: 0.6).Ratio.Should().BeNull();
        Recommendation.Of(results, "random", attack: null, threshold: 0.05).Ratio.Should().BeNull();
        Recommendation.Of(results, "random", attack: null, threshold: 0.05).Text.Should().StartWith("no ratio tried is enough");
        Recommendation.Of(results, "another", attack: null, threshold: 0.3).Ratio.Should().BeNull();
    }

    [Fact]
    public void StrongestAttacks_LeaveEncryptedEntriesOut()
        => StrongestAttacks.Names.Should().OnlyHaveUniqueItems().And.HaveCount(3).And.OnlyContain(name => name.EndsWith("left out"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Recommendation_WithoutOneOfTheStrongestAttacks_NamesItInstead(int missing)
    {
        string name = StrongestAttacks.Names[missing];
        AuditResult[] all = OfStrongest((0, 0.9), (0.1, 0.1));
        AuditResult[][] gaps =
        [
            [.. all.Where(result => result.Attack != name)],
            [.. all.Where(result => result.Attack != name || result.Mask.Ratio > 0)],
            [.. all, .. all.Where(result => result.Attack != name).Select(result => result with { Sample = result.Sample with { Name = "second" } })],
        ];
        foreach (AuditResult[] results in gaps)
        {
            var recommendation = Recommendation.Of(results, "random", attack: null, threshold: 0.3);
            recommendation.Ratio.Should().BeNull();
            recommendation.Missing.Should().Equal(name);
            recommendation.Text.Should().StartWith("none, because").And.Contain(name);
            new AuditReport(results).ToText().Should().Contain($"recommended p, random: none, because these attacks did not run");
        }
    }

    [Fact]
    public void Recommendation_OfAttacksThatWereCutShort_SaysSo()
    {
        var report = new AuditReport(OfStrongest((0.1, 0.1))) { WithheldBecause = "they were cut short" };
        report.Recommendations[0].Ratio.Should().BeNull();
        report.ToHtml().Should().Contain("<td>none, because they were cut short</td>");
    }

    [Fact]
    public void Html_BeginsWithThePicturesSideBySide()
    {
        AuditResult[] results = [.. OfStrongest((0, 0.9), (0.1, 0.1)), .. OfStrongest((0.1, 0.2)).Select(InSensitivity)];

        string html = new AuditReport(results) { Notes = ["command"] }.ToHtml();

        string[] parts = ["data:image/png", "Recommended ratio", "<h2>Scores", "<svg", "<details>", "How this was made", "command"];
        parts.Select(part => html.IndexOf(part, StringComparison.Ordinal)).Should().BeInAscendingOrder().And.NotContain(-1);
        string top = html[..html.IndexOf("Recommended ratio", StringComparison.Ordinal)];
        top.Should().Contain("<th>random</th>").And.Contain("<th>sensitivity</th>");
        top.Should().Contain("<td class=\"leak\"><figure>", Exactly.Once()).And.Contain("SSIM 0.90", Exactly.Once());
        top.Should().Contain("p = 10.0 %", Exactly.Twice());
    }

    [Fact]
    public void Html_TableOfScores_IsNarrow()
    {
        string html = new AuditReport(OfStrongest((0, 0.9), (0.1, 0.1))).ToHtml();
        string beside = html[html.IndexOf("<h2>Scores", StringComparison.Ordinal)..html.IndexOf("<details>", StringComparison.Ordinal)];
        beside[..beside.IndexOf("</tr>", StringComparison.Ordinal)].Should().Contain("<th>", Exactly.Times(7));
        beside.Should().Contain("<td>inverting gradients by tensor</td>").And.Contain("<div class=\"charts\">").And.Contain("<svg", Exactly.Twice());
    }

    [Fact]
    public void Reports_UnderAnotherCulture_AreTheSame()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var report = new AuditReport(OfStrongest((0, 0.9), (0.1, -0.1))) { Costs = [new UpdateCost(0.1, 123456, 400000, 0.002)] };
        string[] expected = [report.ToHtml(), report.ToText(), report.ToCsv()];
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", NegativeSign = "\u2212", PercentDecimalSeparator = "," };
            CultureInfo.CurrentCulture = culture;
            new[] { report.ToHtml(), report.ToText(), report.ToCsv() }.Should().Equal(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Text_OfNoResults_HasNoRows()
        => new AuditReport([]).ToText().Should().StartWith("selection");

    [Fact]
    public void Html_OfARun_HoldsPicturesChartsAndScoresAndNothingFromOutside()
    {
        AuditResult[] results = OfStrongest((0, 0.9), (0.1, 0.1));
        var report = new AuditReport(results)
        {
            Notes = ["command <x>"],
            Costs = [new UpdateCost(0.1, 123456, 400000, 0.002)],
            Map = new PrivacyMap(SmallModels.Convolutional(), new float[SmallModels.Convolutional().ParameterCount]),
        };

        string html = report.ToHtml();

        html.Should().Contain("command &lt;x&gt;").And.Contain("<svg").And.Contain("data:image/png;base64,").And.Contain("123,456");
        html.Should().NotContain("src=\"http").And.NotContain("<script");
        report.ToCsv().Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(7);
        report.ToText().Should().Contain("recommended p, random: 10.0 %");
    }

    [Fact]
    public void Html_OfSentences_HoldsScoresAndEverySentenceBesideItsOriginal()
    {
        string[] words = ["the", "<nurse>", "sees"];
        int[] original = [0, 1, 2];
        var report = new AuditReport([])
        {
            Texts =
            [
                Text("random", 0.1, MaskTreatment.LeftOut, original, [0, 1, 2]),
                Text("random", 0.1, MaskTreatment.LeftOut, [2, 2, 2], [2, 0, 0]),
                Text("sensitivity", 0.3, MaskTreatment.Zeroed, original, []),
            ],
            Spell = tokens => string.Join(' ', tokens.Select(token => words[token])),
        };

        string html = report.ToHtml();

        html.Should().Contain("<td>random</td><td>10.0 %</td><td>left out</td><td>100 %</td><td>50 %</td><td>67 %</td><td>67 %</td><td>67 %</td>");
        html.Should().Contain("<th>original</th><td>the &lt;nurse&gt; sees</td>");
        html.Should().Contain("<td><b>the</b> <b>&lt;nurse&gt;</b> <b>sees</b></td>");
        html.Should().Contain("<td><b>sees</b> the the</td>");
        html.Should().Contain("<th>sensitivity 30.0 %, encrypted entries zeroed</th><td>-</td>");
        html.Should().NotContain("Recommended ratio").And.NotContain("<nurse>");
    }

    [Fact]
    public void Html_OfSentencesWithoutWords_ShowsNumbersOfTokens()
        => new AuditReport([]) { Texts = [Text("random", 0.1, MaskTreatment.Zeroed, [7, 8], [8, 8])] }
            .ToHtml().Should().Contain("<td>7 8</td>").And.Contain("<td>8 <b>8</b></td>");

    private static TextResult Text(string selection, double ratio, MaskTreatment treatment, int[] original, int[] recovered) => new(
        new AuditMask(selection, ratio, default), treatment, original, recovered,
        new TextScores(1, 0.5, 0), TextScores.OfSequence(original, recovered));

    private static readonly AuditSample Picture = new("picture", SmallModels.Picture(1).Reshape([1, 8, 8]), 2);

    private static AuditResult[] OfStrongest(params (double Ratio, double Ssim)[] cells)
        => [.. StrongestAttacks.Names.SelectMany(attack => cells.Select(cell => Result(attack, cell.Ratio, cell.Ssim)))];

    private static AuditResult InSensitivity(AuditResult result) => result with { Mask = result.Mask with { Selection = "sensitivity" } };

    private static AuditResult Result(string attack, double ratio, double ssim) => new(
        new AuditMask("random", ratio, default), attack, Picture, new ImagePlanes(1, 8, 8, new float[64]), 2,
        new ImageScores(0.1, 10, ssim, ssim, ssim, 0.1, 0.1, 0.1, 0.1), 1, 10, 1, IsRecovered: false);

    private static List<(string Type, byte[] Content)> Chunks(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        for (int offset = 8; offset < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(offset));
            BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(offset + 8 + length)).Should().Be(Crc32.Of(png.AsSpan(offset + 4, 4 + length)));
            chunks.Add((System.Text.Encoding.ASCII.GetString(png, offset + 4, 4), png[(offset + 8)..(offset + 8 + length)]));
            offset += 12 + length;
        }

        return chunks;
    }
}
