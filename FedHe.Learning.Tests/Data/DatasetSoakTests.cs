using System.Globalization;
using System.Text;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Reading;

namespace FedHe.Learning.Tests.Data;

/// <summary>A long attack on the readers with spoilt files, which are read or refused by type. The environment variable
/// FEDHE_SOAK_INPUTS sets the number of inputs, of which files, which are slow, take a tenth.</summary>
public sealed class DatasetSoakTests : IDisposable
{
    private const int DefaultInputs = 3000;
    private const long MostBytes = 64 << 20;

    private static readonly string[] Inserts =
        ["\"", ",", ";", "\t", "\n", "\r", "#", "sep=", "1,5", "1.234,5", "Infinity", "\0", "\uFEFF", "-", "e", "'", "\u2212", " ", "x,y,class\n"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SpoiltFiles_AreReadOrRefusedWithinBounds()
    {
        string? setting = Environment.GetEnvironmentVariable("FEDHE_SOAK_INPUTS");
        int inputs = setting is null ? DefaultInputs : int.Parse(setting, CultureInfo.InvariantCulture) / 10;
        var random = new Random(7);
        (int read, int refused) = (0, 0);
        _folder.Write("x-labels-idx1-ubyte", ImageFiles.IdxLabels(0, 1));
        for (int input = 0; input < inputs; input++)
        {
            (string name, byte[] content) = Spoilt(random);
            string path = _folder.Write(name, content);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Dataset data = DatasetReader.Open(path, Options(random)).Training;
                data.Features.Values.ToArray().Should().OnlyContain(value => float.IsFinite(value));
                read++;
            }
            catch (DatasetFormatException exception)
            {
                exception.Message.Length.Should().BeInRange(1, 1000);
                refused++;
            }
            catch (ArgumentException exception) when (exception.ParamName == "table")
            {
                // Options of tables for a file that became something else.
                refused++;
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(MostBytes);
        }

        read.Should().BeGreaterThan(inputs / 20);
        refused.Should().BeGreaterThan(inputs / 20);
    }

    private static (string Name, byte[] Content) Spoilt(Random random)
    {
        (string name, byte[] content) = random.Next(8) switch
        {
            0 => ("x-images-idx3-ubyte", ImageFiles.IdxImages(2)),
            1 => ("data.bin", ImageFiles.Cifar10(1, 2)),
            int table => ("data.csv", Table(random, table)),
        };
        for (int change = random.Next(4); change > 0 && content.Length > 0; change--)
        {
            int at = random.Next(content.Length);
            content = random.Next(4) switch
            {
                0 => content[..at],
                1 => [.. content[..at], (byte)random.Next(256), .. content[(at + 1)..]],
                2 => [.. content[..at], .. content[Math.Min(content.Length, at + random.Next(20))..]],
                _ => [.. content[..at], .. Encoding.UTF8.GetBytes(Inserts[random.Next(Inserts.Length)]), .. content[at..]],
            };
        }

        return (name, random.Next(10) == 0 ? TemporaryFolder.Compress(content) : content);
    }

    private static byte[] Table(Random random, int kind)
    {
        string separator = (string[])[",", ";", "\t", "|", " "] is var separators ? separators[random.Next(separators.Length)] : "";
        string head = random.Next(4) switch
        {
            0 => string.Empty,
            1 => $"sep={separator}\nx{separator}y{separator}class\n",
            2 => $"# made, by hand\nx{separator}y{separator}class\n",
            _ => $"x{separator}y{separator}class\n",
        };
        string text = TableCase.Of(random.Next(30), i => $"{TableCase.Number(i / 2.0)}{separator}{i % 4}{separator}{i % 2}", head);
        return kind switch
        {
            2 => Encoding.Unicode.GetBytes(text),
            3 => Encoding.BigEndianUnicode.GetBytes(text),
            4 => Encoding.Latin1.GetBytes(text.Replace("x", "ü", StringComparison.Ordinal)),
            _ => Encoding.UTF8.GetBytes(text),
        };
    }

    private static TableOptions? Options(Random random) => random.Next(6) switch
    {
        0 => new TableOptions { Label = "class" },
        1 => new TableOptions { Label = "1", Header = false },
        2 => new TableOptions { Separator = ';', SkipLines = random.Next(3), Decimal = ',' },
        3 => new TableOptions { Encoding = "windows-1252", LeaveOut = ["0"], Header = true },
        _ => null,
    };
}
