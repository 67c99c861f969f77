using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;

namespace FedHe.Benchmarks.Squeezes;

/// <summary>Squeeze sizes are the bytes of an update of which k values travel, beside the whole update and the paper's figures.</summary>
internal static class SqueezeSizes
{
    private const double Mebi = 1 << 20;
    private const int PrecisionBits = 24;

    // FedML-HE, Table 4: 796.70 MB for the 12,556,426 values of ResNet-18 in ciphertexts of 4096 values each.
    private const double PaperBytesPerValue = 796.70 * Mebi / (PaperCiphertexts * 4096.0);
    private const int PaperCiphertexts = (12_556_426 + 4095) / 4096;

    public static void Print(int parameters, int count, int clients)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"An update of {parameters:N0} values, whole and with {count:N0} values that travel, in MB of 2^20 bytes as in the paper:"));
        Console.WriteLine("encryption                                                       whole    squeezed  download of the squeezed");
        Line("none, 4 bytes a value", parameters * 4.0, count * 4.0, count * 4.0);
        Line("the paper's ciphertexts, 66.5 bytes a value (its Tables 4 and 5)", parameters * PaperBytesPerValue, count * PaperBytesPerValue, count * PaperBytesPerValue);
        using (HeContext paper = new CkksScheme().CreateContext(CkksParameters.PaperDefault))
        {
            OfContext("ckks-paper in the direct mode, public key", paper.Public, VectorForm.Full, null);
            OfContext("ckks-paper in the direct mode, seeded", paper.Public, VectorForm.Seeded, null);
        }

        HePublicContext roundKeys = KeyAdditiveContext.CreatePublic(KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(clients, PrecisionBits)));
        OfContext($"round keys of {PrecisionBits} bits for {clients} clients", roundKeys, VectorForm.Seeded, new TransferPrecision(PrecisionBits, clients));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Indices: none travel, because every client computes the same from opened sums; sent in clear, as 4 bytes each, they would be {count * 4.0 / Mebi:F2} MB more. The paper counts none."));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Squeezed are {SqueezedUpdates.MarkCount} marks too. The paper counts parts of a ciphertext ({count / 4096.0:F2}); here ciphertexts are whole. A protected round key and tags are not counted; trainings below show whole messages."));

        void Line(string name, double whole, double squeezed, double download) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-64} {whole / Mebi,8:F2} {squeezed / Mebi,8:F2} {download / Mebi,12:F2}"));

        void OfContext(string name, HePublicContext context, VectorForm form, TransferPrecision? precision)
        {
            var terms = new AggregationTerms(
                new ModelLayout(new TensorSpec("model", ElementType.Float32, [parameters], 1)), Weighting.Clear, maxWeight: 1, precision);
            AggregationPlan Plan(AggregationTerms of) => AggregationPlan.Create(context, of, clients, clients, form);
            AggregationPlan whole = Plan(terms);
            AggregationPlan squeezed = Plan(SqueezedUpdates.TermsOf(new SparsificationTerms(count), terms));
            Line(name, whole.UploadBytes, squeezed.UploadBytes, squeezed.DownloadBytes);
        }
    }
}
