using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.MLBridge.Tests.Selection;

public sealed class MaskPolicyTests
{
    private static readonly ModelLayout Layout = new(
        new TensorSpec("conv1.weight", ElementType.Float32, [6, 25], 1),
        new TensorSpec("conv1.bias", ElementType.Float32, [6], 1),
        new TensorSpec("bn1.weight", ElementType.Float32, [6], 1),
        new TensorSpec("bn1.steps", ElementType.Int64, [1]),
        new TensorSpec("fc.weight", ElementType.Float32, [10, 70], 1),
        new TensorSpec("fc.bias", ElementType.Float32, [10], 1));

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Top_AnyRatioManyTies_SelectsWhatSortingWould(double ratio)
    {
        // Small numbers tie often, large ones have distinct upper halves.
        foreach (int maximum in (int[])[1, 5, 100_000, int.MaxValue])
        {
            GlobalSensitivity sensitivity = RandomSensitivity(maximum);
            int count = (int)Math.Ceiling(ratio * Layout.ParameterCount);
            SelectedBy(MaskPolicy.Top(ratio), sensitivity).Should().Equal(First(sensitivity, count, _ => true));
        }
    }

    [Fact]
    public void TopOfEachLayer_AndCap_CountLayerByLayer()
    {
        GlobalSensitivity sensitivity = RandomSensitivity(50);
        Func<int, bool>[] layers = [i => i < 156, i => i is >= 156 and < 162, i => i >= 162];
        int[] sizes = [156, 6, 710];
        SelectedBy(MaskPolicy.TopOfEachLayer(0.25), sensitivity).Should().Equal(
            layers.Zip(sizes).SelectMany(layer => First(sensitivity, (layer.Second + 3) / 4, layer.First)).Order());

        // Of the bias and the whole first layer at most a half of each layer, the most sensitive ones of those.
        int[] expected =
        [
            .. First(sensitivity, 78, i => i < 156),
            .. Enumerable.Range(862, 10),
        ];
        SelectedBy((MaskPolicy.FirstLayer | MaskPolicy.Biases).CappedTo(0.5), sensitivity).Should().Equal(expected);
    }

    [Fact]
    public void Kinds_ByName_SelectWholeTensors()
    {
        Select(MaskPolicy.FirstLayer).Should().Equal(Enumerable.Range(0, 156));
        Select(MaskPolicy.LastLayer).Should().Equal(Enumerable.Range(162, 710));
        Select(MaskPolicy.Biases).Should().Equal(Enumerable.Range(150, 6).Concat(Enumerable.Range(862, 10)));
        Select(MaskPolicy.Normalization).Should().Equal(Enumerable.Range(156, 6));
        Select(MaskPolicy.Layers("bn1", "fc.bias")).Should().Equal(Enumerable.Range(156, 6).Concat(Enumerable.Range(862, 10)));
        Select(MaskPolicy.All).Should().HaveCount(Layout.ToArrayLength());
    }

    [Fact]
    public void PaperRecipe_IsTheTopAndBothEnds()
    {
        GlobalSensitivity sensitivity = RandomSensitivity(1000);
        int top = (int)Math.Ceiling(0.3 * Layout.ParameterCount);
        IEnumerable<int> expected = First(sensitivity, top, _ => true)
            .Union(Enumerable.Range(0, 156)).Union(Enumerable.Range(162, 710)).Order();
        SelectedBy(MaskPolicy.PaperRecipe, sensitivity).Should().Equal(expected);
        MaskPolicy.Parse("paper").ToString().Should().Be("top(0.3) | first | last");
    }

    [Fact]
    public void Random_SameSeed_IsTheSameEverywhere()
    {
        int[] selected = Select(MaskPolicy.Random(0.1, 7));
        selected.Should().HaveCount(88).And.Equal(Select(MaskPolicy.Parse("random(0.1, 7)")));
        selected.Should().NotEqual(Select(MaskPolicy.Random(0.1, 8)));
        selected[..5].Should().Equal(2, 11, 12, 24, 25);
    }

    [Theory]
    [InlineData("top(0.3) | first | last")]
    [InlineData("cap(0.5, top(0.1) | layers(conv1, fc.bias)) | biases | normalization")]
    [InlineData("random(0.25, 18446744073709551615)")]
    [InlineData("top-of-each-layer(0.01)")]
    [InlineData("all")]
    public void Parse_OfText_GivesTheSameTextBack(string text)
        => MaskPolicy.Parse(" " + text.Replace("|", "|  ")).ToString().Should().Be(text);

    [Theory]
    [InlineData("")]
    [InlineData("top")]
    [InlineData("top()")]
    [InlineData("top(0)")]
    [InlineData("top(1.5)")]
    [InlineData("top(NaN)")]
    [InlineData("top(0.5")]
    [InlineData("top(0.5))")]
    [InlineData("first |")]
    [InlineData("| first")]
    [InlineData("none")]
    [InlineData("layers()")]
    [InlineData("layers(a,)")]
    [InlineData("random(0.5)")]
    [InlineData("random(0.5, -1)")]
    [InlineData("cap(0.5)")]
    [InlineData("cap(0.5, )")]
    public void Parse_NotAPolicy_IsRefused(string text)
    {
        Action parse = () => MaskPolicy.Parse(text);
        parse.Should().Throw<FormatException>();
    }

    [Fact]
    public void Parse_VeryDeepOrLong_IsRefusedWithoutHarm()
    {
        Action deep = () => MaskPolicy.Parse(string.Concat(Enumerable.Repeat("cap(0.5, ", 400)) + "all" + new string(')', 400));
        Action longText = () => MaskPolicy.Parse(string.Join("|", Enumerable.Repeat("first", 1000)));
        deep.Should().Throw<FormatException>();
        longText.Should().Throw<FormatException>();
    }

    [Fact]
    public void Select_WithoutWhatItNeeds_SaysSo()
    {
        Action ranked = () => MaskPolicy.Top(0.1).Select(Layout);
        Action unknown = () => MaskPolicy.Layers("fc9").Select(Layout);
        Action buffer = () => MaskPolicy.Layers("bn1.steps").Select(Layout);
        Action nothing = () => MaskPolicy.Normalization.Select(new ModelLayout(new TensorSpec("w", ElementType.Float32, [3], 1)));
        ranked.Should().Throw<InvalidOperationException>().WithMessage("*sensitivity*");
        unknown.Should().Throw<ArgumentException>().WithMessage("*'fc9'*");
        buffer.Should().Throw<ArgumentException>();
        nothing.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Factories_SenselessArguments_AreRefused()
    {
        foreach (double ratio in (double[])[0, -0.1, 1.1, double.NaN])
        {
            Action[] calls =
            [
                () => MaskPolicy.Top(ratio),
                () => MaskPolicy.TopOfEachLayer(ratio),
                () => MaskPolicy.Random(ratio, 1),
                () => MaskPolicy.All.CappedTo(ratio),
            ];
            foreach (Action call in calls)
            {
                call.Should().Throw<ArgumentOutOfRangeException>();
            }
        }

        foreach (string name in (string[])["", " a", "a|b", "f(x)", "a,b"])
        {
            Action layers = () => MaskPolicy.Layers(name);
            layers.Should().Throw<ArgumentException>();
        }
    }

    private static int[] Select(MaskPolicy policy) => Positions(policy.Select(Layout));

    private static int[] SelectedBy(MaskPolicy policy, GlobalSensitivity sensitivity) => Positions(policy.Select(sensitivity));

    private static int[] Positions(EncryptionMask mask)
    {
        int[] flat = [.. Enumerable.Range(0, Layout.ToArrayLength())];
        var positions = new int[mask.EncryptedCount];
        mask.GatherEncrypted<int>(flat, positions);
        return positions;
    }

    private static int[] First(GlobalSensitivity sensitivity, int count, Func<int, bool> among)
    {
        uint[] values = sensitivity.Values.ToArray();
        return
        [
            .. Enumerable.Range(0, values.Length).Where(among)
                .OrderByDescending(i => values[i]).ThenBy(i => i).Take(count).Order(),
        ];
    }

    private static GlobalSensitivity RandomSensitivity(int maximum)
    {
        var random = new System.Random(maximum);
        return new GlobalSensitivity(
            Layout, [.. Enumerable.Range(0, Layout.ToArrayLength()).Select(_ => (uint)random.NextInt64(2L * maximum))]);
    }
}
